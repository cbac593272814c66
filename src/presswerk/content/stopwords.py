"""Function words by language: what no term is made of, and what tells one language from another.

The lists hold articles, pronouns, prepositions, conjunctions, auxiliaries and plain question words, no words of a
meaning of their own: published lists go further ("work", "Jahr", "mundo") and would hide terms that sites really have.
"""

_WORDS = {
    "en": """
a about after all also am an and any are as at be because been before being between but by can cannot could did do
does doing each for from had has have having he her here hers him his how however i if in into is it its itself may me
might more most must my no nor not of off on only or other our ours out over own she should so some such than that the
their theirs them then there these they this those through to too under until up us very was we were what when where
which while who whom whose why will with without would yes yet you your yours
""",
    "de": """
aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bist da dabei dadurch
dafür damit dann daran darauf darin darüber das dass dein deine dem den denn der deren des deshalb dessen dich die dies
diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwa etwas euch euer für
gegen habe haben hat hatte hatten hier hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ins ist ja jede jedem
jeden jeder jedes jedoch kann kein keine keinem keinen können man mehr mein meine mich mir mit muss müssen nach nicht
noch nun nur ob oder ohne sehr seid sein seine seinem seinen seiner sich sie sind so sollen sollte sondern sowie über um
und uns unser unsere unter vom von vor war waren warum was weil welche welcher wenn wer werden wie wieder wir wird wo
worden wurde wurden würde zu zum zur zwischen
""",
    "fr": """
à afin ai ainsi alors après au aucun aussi autre autres aux avant avec avez avoir avons c ça car ce ceci cela celle
celles celui ces cet cette ceux chaque chez comme comment d dans de des donc dont du elle elles en encore entre es est
et étaient était être eu faut il ils j je l la laquelle le lequel les leur leurs lorsque lui m ma mais me même mes
moi mon n ne ni nos notre nous on ont ou où par parce pas pendant peu peut peuvent plus pour pourquoi puis qu quand que
quel quelle quelles quels qui quoi s sa sans se sera ses si son sont sous sur t ta tes toi ton tous tout toute toutes
très tu un une vers vos votre vous y
""",
    "es": """
a al algo algún alguna algunos ante antes aquel aquella aquí así aún aunque cada como cómo con contra cual cuál cuando
cuándo de del desde donde dónde dos el él ella ellas ellos en entre era eran eres es esa ese eso esta está están estas
este esto estos fue fueron ha había hace hacia han has hasta hay he la las le les lo los más me mi mientras mis mucho
muy nada ni no nos nosotros nuestra nuestro o os otra otras otro otros para pero poco por porque pues puede pueden que
qué quien quién se sea ser si sí sido siempre sin sobre son su sus también tan tanto te tiene tienen todo todos tu tú un
una unas uno unos usted ustedes y ya yo
""",
    "it": """
a ad agli ai al alla alle allo anche ancora avere aveva c che chi ci ciò come con contro cosa cui d da dagli dai dal
dalla dalle dei degli del della delle dello di dopo dove e è ed era erano essere fra gli ha hai hanno ho i il in io l la
le lei li lo loro lui ma me mentre mi mia mie mio molto ne nei negli nel nella nelle nello noi non nostra nostro o ogni
per perché perciò più poi prima può qual quale quali quando quanto quella quelle quelli quello questa queste questi
questo qui se sei si sia siamo siete sono sta stata stato stesso su sua sue sugli sui sul sulla sulle suo suoi tra tu
tutta tutte tutti tutto un una uno vi voi
""",
    "pt": """
à ao aos aquela aquele aquilo as às até cada com como contra da das de dela dele deles depois do dos e é ela elas ele
eles em entre era eram essa essas esse esses esta está estão estas este estes eu foi foram há isso isto já lhe lhes mais
mas me mesmo meu meus minha muito na não nas nem no nós nos nossa nosso num numa o os ou para pela pelas pelo pelos por
porque pouco qual quais quando que quê quem são se seja sem ser seu seus sob sobre sua suas também tem têm teu toda
todas todo todos tua tudo um uma umas uns você vocês
""",
    "nl": """
aan al alle alles als altijd andere ben bij daar dan dat de deze die dit door doen dus een en er geen had heb hebben
heeft hem het hier hij hoe hun ik in is ja je jij jou jouw jullie kan kunnen maar me meer men met mij mijn moet moeten
na naar niet niets nog nu of om omdat onder ons onze ook op over te tegen toch toen tot u uit uw van veel voor waar
waarom wanneer want waren was wat we wel werd werden wie wij worden wordt zal ze zelf zich zij zijn zo zonder zou
""",
    "pl": """
a aby albo ale ani aż bardzo bez bo być był była było były będzie będą ci cię co czego czemu czy czyli dla dlaczego do
gdy gdzie go i ich ile im inne ja ją jak jako jakie jaki je jeden jednak jego jej jemu jest jestem jeśli już każda każdy
kiedy kto która które którego której który których którym lub ma mają mam mi mnie może można mój my na nad nam nas nasz
nawet nic nie niech nim niż no o od on ona one oni ono oraz po pod podczas poza przed przez przy są się sobie swoje ta
tak także tam te tego tej ten też to tu tych tym tylko ty w wam was we wszystkie wszystko z za ze że żeby
""",
    "ru": """
а без более бы был была были было быть в вам вас ваш весь во вот все всё всего всех вы где да даже для до его ее её если
есть еще ещё же за здесь и из или им их к как какая какие какой каждый когда который которая которое которые кто ли либо
между меня мне много может можно мой мы на над надо наш не него нее неё нет ни них но ну нужно о об однако он она они
оно от очень перед по под после потому почему при про с сам свой свои себя со так также такой там те тем то того тоже
только том тот ты у уже хотя чего чем что чтобы чья эта эти это этого этой этом этот я
""",
    "uk": """
а або адже але без би був була були було бути в вам вас ваш ви від він вона вони воно все всі вже де для до дуже є ж за
завжди з зі із й його їх її і інші його кожен коли кого крім куди лише між мене мені може можна мій ми на над навіть нам
нас наш не немає неї них ні ніж но о об один однак він от ось перед по під після при про саме свої свій себе собі та так
також такий там те тебе ти тим тільки то тобі той тому треба у хоча хто це цей ці цього цієї цьому чи чим чого чому що
щоб як яка яке який якщо які
""",
    "tr": """
acaba ama ancak artık aslında az bana bazı belki ben beni benim bile bir biraz birçok birkaç biz bizim bu buna bundan
bunlar bunu bunun burada çok çünkü da daha de değil diğer diye dolayı en fakat gibi göre hangi hatta hem hep hepsi her
hiç için içinde ile ise iken işte kadar ki kim mi mı mu mü nasıl ne neden nerede niçin niye o olan olarak oldu olduğu
olmak olsa olur on ona onlar onu onun orada oysa öyle pek rağmen sadece sana sen siz sonra şey şu tarafından tüm üzere
var ve veya ya yani yine yok
""",
    "ar": """
أن أنا أنت أنه أو أي أين إذا إلا إلى إن الآن التي الذي الذين الى اللذان اللواتي أيضا أيضًا بعد بعض بل بين بها به تحت
تلك ثم جدا حتى حول حيث خلال دون ذلك سوف عبر على عليه عليها عن عند عندما غير فإن في فيه فيها قبل قد كان كانت كل كم كما
كيف لا لأن لقد لكن لم لماذا لن له لها لهم لو ليس ما ماذا متى مثل مع من منه منها منذ نحن نحو هذا هذه هل هم هنا هناك هو
هي و وقد ولا وهو وهي يمكن
""",
    "fa": """
آن آنها آیا از اگر است اما این اینکه اینها باید با بر برای بسیار بعد بلکه بود بودن بین به بی پس پیش تا تر تو توسط چرا
چند چه چون چیست حتی خود خواهد در درباره دارد دارند دو دیگر را روی زیرا سپس شد شده شما شود طی که کدام کرد کرده کسی کند
کنند کنید ما مانند من می میان نیز نیست و وقتی ولی هر هم همه همین هنوز هیچ یا یک
""",
    "cs": """
a aby ačkoli ale ani ano asi az až bez bude budou by byl byla byli bylo být co což další do ho i já jak jako je jeho
jejich její jen jenž ještě ji jich jím jsem jsi jsme jsou k kam kde kdo kdy když ke která které který kteří ku má mají
máte mezi mě mi mně mnou moje možná můj může my na nad nám nás náš naše ne nebo než nic o od on ona oni ono pak po pod
podle pokud pouze právě pro proč proto protože před při s se si sice své svůj ta tak také takže tam tato té tedy ten
tento této ti to tohle toho tom tomto tomu toto tu tuto ty tyto u už v vám vás váš ve však z za zda zde ze že
""",
    "sv": """
alla allt är än att av blev bli blir båda de dem den denna deras dess dessa det detta dig din ditt där därför då efter
ej eller en er era ett från för genom ha hade han hans har henne hennes hon honom hur här i icke inte ja jag kan kommer
kunde man med mellan men mig min mina mitt mot mycket måste ni nog nu någon något några när och också om oss på samma
sedan sig sin sina sitt skall ska skulle som så till under upp ut utan vad var vara varför varit varje vem vi vid vilka
vilken vilket vår våra är
""",
    "da": """
af alle alt anden at bare begge blev blive bliver da de dem den denne der deres des det dette dig din dine disse dog du
efter eller en end er et for fordi fra få gennem går ham han hans har havde hende hendes her hos hun hvad hver hvis
hvor hvordan hvorfor hvornår i ikke ind ingen jeg jer jo kan kunne man mange med meget mellem men mens mere mig min
mine mit mod må ned noget nogen nogle nu når og også om op os over på sammen se selv sig sin sine sit skal skulle som
så til ud under uden var ved vi vil ville være været
""",
    "nb": """
alle alt andre at av bare begge ble bli blir da de deg dem den denne der deres det dette din disse du eller en enn er et
etter for fordi fra få før gjennom ha hadde han hans har hennes henne her hos hun hva hver hvis hvor hvordan hvorfor
hvem i ikke ingen inn jeg kan kom kunne må man mange med meg meget mellom men mens mer min mitt mot mye ned noe noen når
nå og også om opp oss over på selv seg sin sine sitt skal skulle slik som så til ut under uten var ved vi vil ville vært
være vår å
""",
    "fi": """
ehkä ei eikä eivät en ennen enää eli emme että ette he heidän heille hän hänen hänet itse ja jo joiden joka jonka jos
joskus jossa josta jota jotka jotta kaikki kanssa kautta ketkä kuin kuinka kuitenkin kuka kun lähes me meidän miksi
millainen milloin minkä minun minä missä mistä mitä mitään mitkä mukaan mutta muun muut myös ne niiden niin niitä noin
nuo nyt nämä olemme olen olet oletko oli olisi olivat olla on ovat ole ollut paitsi se sekä sen siellä siinä siis
siitä sillä sinun sinä sitä sitten tai te teidän toinen tähän tämä tämän tässä tästä tätä vaan vaikka vain vielä voi
voidaan voit yli
""",
    "hu": """
a abban abból ahhoz ahogy ahol aki akik akkor alatt alól által általában ami amíg amikor amit amely amelyek annak annál arra arról az
azok azon azonban azt aztán azután be bele belőle ben benne bár csak de e egy egyes egyik együtt elé előtt én ennek erre és ez ezek
ezen ezért ezt fel fölött ha hanem hát hogy hogyan hol honnan hova húsz ide ilyen így is itt ki kik kívül között közül lehet lenne
lesz lett majd már meg mellett mely melyik mert mi miatt miért mig míg mint mit mivel most nagyon ne neki nekik nekem neked nélkül
nem nincs ő ők őket olyan ön önök össze ott pedig rá rajta róla s saját sem semmi sok számára szerint te tehát től úgy után utána
vagy vagyok valamint van vannak vele való vissza viszont volt voltak volna
""",
    "ro": """
a acea aceasta această aceea acei aceia acel acela acele acelea acest acesta aceste acestea acestei acestor acestui aceștia ai aici
al ale alt am apoi ar are aș asta astfel asupra ați atunci au avea avem aveți azi ca care cat către ce cea cei cel cele cine cu cum
da dacă dar de deci deja din dintr dintre după dumneavoastră ea ei el ele este eu eram era erau eși face fără fi fie fiecare fiind
fost iar în însă între într întru la le lor lui mă mai mea mele meu mine mult nici niște noi noștri nostru nu o ori pe pentru până
prin printre sa să sale sau se și spre sub sunt sunteți suntem ta tale te tot toate toți tu un una unde unei unor unui va vă vi voi
voștri vostru vor vom vreun
""",
    "el": """
αλλά αν από απο αυτά αυτές αυτή αυτό αυτοί αυτός αυτών για γιατί δε δεν δύο εάν εγώ είμαι είναι είτε είχε εκεί ένα έναν
ένας ενώ εξής επειδή επί εσείς εσύ έτσι έχει έχετε έχουν ή η ήδη ήταν θα ίδιο και κάθε κάποιο κατά κι μα μας με μέσα
μετά μέχρι μη μην μια μία μου να ο οι όλα όλες όμως όπου όπως όσο ότι όταν ούτε όχι πάνω παρά πιο ποιο ποιος πολύ που
πού πρέπει πριν προς πώς πως σαν σας σε στα στη στην στις στο στον στους στων τα τη την της τι τις το τον του τους
τότε των ως ώστε
""",
    "vi": """
ai anh bạn bao bằng bị bởi cả các cách cái càng cần chỉ cho chúng chưa có còn cũng của cùng do đã đang đâu đây để đến
đều đi điều đó được em gì giữa hay hãy hơn họ khi không là lại làm lên mà mình mỗi một nào này nên nếu người nhiều nhưng
những như nơi nữa ở phải qua ra rằng rất rồi sao sau sẽ sự tại theo thế thì tôi trên trong trước từ và vào vẫn về vì
việc với vừa
""",
    "hi": """
अगर अपना अपनी अपने अब आदि आप इन इनका इनके इस इसका इसकी इसके इसलिए इसे ई उन उनका उनकी उनके उस उसका उसकी उसके उसे एक ऐसा
ऐसे और कई कर करता करते करना करने करें का कि किया किसी की कुछ के को कोई कौन क्या क्यों गई गए गया जब जहां जहाँ जा जाता
जाती जैसे जो तक तथा तब तो था थी थे दिया दो द्वारा न नहीं ना ने पर पहले फिर बहुत बाद भी मगर में मैं यदि यह यहां यहाँ या
ये रहा रही रहे लिए लेकिन व वह वहां वहाँ वाला वाली वाले वे सकता सकते सकती सब सभी साथ से हम हमें ही हुआ हुई हुए हूँ हूं है
हैं हो होता होती होते होना
""",
    "id": """
ada adalah agar akan aku anda antara apa apakah atau bagaimana bagi bahwa banyak beberapa begitu belum bila bisa boleh
bukan cara dalam dan dapat dari dengan di dia hal hanya harus hingga ia ini itu jadi jangan jika juga kalau kami kamu
karena kata ke kemudian kepada ketika kita lagi lain lalu lebih maka mana masih mengapa menjadi mereka merupakan namun
nya oleh orang pada paling para perlu pernah pun saat saja sambil sampai sangat saya sebagai sebelum sebuah secara
sedang sehingga sejak selain seluruh semua seorang seperti serta setelah setiap siapa suatu sudah supaya tanpa telah
tentang terhadap tersebut tetapi tidak untuk yaitu yakni yang
""",
    "he": """
אבל או אולי אותה אותו אותם אחרי אחת איזה איך אין איפה אך אל אם אנחנו אני אף אפילו אשר את אתה אתם בגלל בו בין בלי בעקבות
גם די דרך הוא היא היה היו הם הן הנה זאת זה זו יותר יש כאשר כבר כדי כי ככה כך כל כמו כן לא להם לו לי לך לכן למה לפני לפי
מאוד מה מי מן מתי על עד עדיין עוד עם פה רק של שלא שלה שלהם שלו שלי שם תחת
""",
    "ja": """
あなた あの あれ いつ いる ここ こと この これ ある から けど そこ そして その それ ため です では でも どう どこ どの どれ
など なに なぜ の は まで ます また もの よう より わたし 私
""",
    "zh": """
一个 不 不是 与 个 为 为了 为什么 之 也 了 于 什么 他 他们 以 以及 但 但是 你 你们 你的 再 到 即 却 只 可以 吗 吧 呢 和 哪
因为 在 地 如果 她 好 对 对于 就 并 很 怎么 怎样 我 我们 我的 所以 把 接着 是 是否 更 最 有 没有 然后 由 由于 的 着 而 而且
能 被 要 让 该 说 谁 跟 还 这 这个 这些 这样 那 那个 那些 都 需要 會 个 們 個 們 為 與 這 這個 還 對 來
""",
    "ko": """
가 것 것은 그 그것 그녀 그는 그들 그래서 그러나 그런 그리고 나 나는 너 는 다른 당신 대한 대해 더 도 때 또 또는 를 많은
매우 모든 무엇 및 바로 부터 수 수가 아니라 어디 어떤 어떻게 언제 없는 에 에서 여기 와 왜 우리 위해 은 을 의 이 이것 이런
있는 있다 저 저는 정말 제 좀 하는 하지만 한 할 함께 합니다
""",
    "th": """
กว่า กับ การ ก็ ของ ขณะ ขึ้น คือ ความ จะ จาก จึง ด้วย ด้าน ดัง ได้ แต่ ต้อง ตั้งแต่ ต่าง ต่างๆ ถ้า ถึง ทั้ง ทั้งนี้ ทำ ทำให้ ที่ ที่สุด
นอกจาก นั้น นี้ ใน เนื่องจาก เป็น เป็นการ ผู้ พบ เพราะ เพื่อ มา มาก มี เมื่อ แม้ ยัง ระหว่าง รวม แล้ว และ ว่า สำหรับ ส่วน ซึ่ง หรือ หลัง หาก
ให้ อย่าง อยู่ อะไร อาจ อีก เอง
""",
}

STOP_WORDS: dict[str, frozenset[str]] = {language: frozenset(words.split()) for language, words in _WORDS.items()}
"""Function words in lower case by language (ISO 639-1)."""
