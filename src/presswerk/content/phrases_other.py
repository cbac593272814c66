"""Words that assistants write around articles in other languages."""

from presswerk.content.phrases import Phrases

OTHER: dict[str, Phrases] = {
    "pl": {
        "agree": "oczywiście|jasne|pewnie|z przyjemnością|naturalnie|rozumiem",
        "thanks": "świetnie|dobrze|dziękuję",
        "present": "oto|poniżej|przedstawiam|napisał[ae]m|przygotował[ae]m",
        "piece": r"artykuł\w*|wpis\w*|tekst\w*|szkic|wersj\w+|esej|markdown|html|post\w*|treść",
        "given": "proszę bardzo|proszę|zgodnie z (?:prośbą|życzeniem)",
        "about": r"o|na temat|dla|w|z|na (?:blog\w*|podstawie|\d)|około|gotowy",
        "you": r"ci|ciebie|twój|twoj\w+|państw\w+|prosił\w+|prośb\w+",
        "wish": "(?:czy )?(?:chcesz|chciał(?:a)?byś|chce pan|chce pani),? (?:że)?żebym",
        "offer": r"(?:czy )?(?:chcesz|chciał(?:a)?byś|chce pan|chce pani)|czy mam|daj (?:mi )?znać|daj (?:mi )?(?:\w+ )?znać"
        "|jeśli (?:chcesz|potrzebujesz|wolisz)|mogę|co (?:o tym )?(?:myślisz|sądzisz)|zgodnie z prośbą|czy (?:to|coś|ton)",
        "change": "krót|dłuż|zmieni|dostosow|doda|przetłumacz|popraw|skróc|skróci|rozwin|przeredag|przepisa|napisa|napisz|przygotow|zaproponow"
        "|podsumow|uprości|stworz|formaln|inn[aey]|zaktualiz|poprawion|zredagowan|gotow|przekształ|rozbudow|podkreśl|pogłęb|uzupełn",
        "part": r"ton\b|sekcj\w*|akapit\w*|wstęp\w*|zakończeni\w*|śródtytuł\w*|nagłów\w*|meta\w*|seo|streszczeni\w*|newsletter\w*"
        "|przed publikacją",
        "plain": r"wersj\w*|tytuł\w*|styl\w*|długoś\w*|przykład\w*|źród\w*|część|zmian\w*|popraw\w*|coś|go\b|też|także|również|jeszcze"
        r"|coś|znać|więcej|mniej|bardziej|albo|kilka|trzy|inny|cokolwiek|facebook\w*"
        r"|bardziej|osobist\w+|profesjonaln\w+|technicz\w+|prost\w+|jeśli|potrzeb\w+|społecznościow\w+|medi\w+|wezwanie|działania"
        r"|lepiej|dobrze|język\w*|mocniejsz\w+|ma|być",
    },
    "ru": {
        "agree": "конечно|разумеется|с удовольствием|понял[а]?|без проблем|да, конечно|безусловно",
        "thanks": "хорошо|отлично|спасибо",
        "present": "вот|ниже|представляю|предлагаю|я (?:написал[а]?|подготовил[а]?|составил[а]?)",
        "piece": r"стать[яюией]+|текст\w*|пост\w*|черновик\w*|верси[яию]|вариант\w*|эссе|заметк\w+|публикаци\w+|markdown|html",
        "given": "вот он[ао]?|пожалуйста|как вы (?:и )?просили|готово",
        "about": r"о|об|обо|про|для|на тему|в|с|на (?:блог\w*|основе|\d)|посвящ\w+",
        "you": r"вы|вас|вам|ваш\w*|тебе|твой|твоя|твоего|просили",
        "wish": "(?:хотите|хочешь|желаете),? чтобы я",
        "offer": "хотите|хочешь|желаете|дай(?:те)? (?:мне )?знать|сообщите|скажите|если (?:хотите|хочешь|нужно|понадобится|захотите)"
        "|(?:я )?могу|нужно ли|мне (?:добавить|изменить|сократить|переписать)|что скажете|как вам|как вы просили",
        "change": "короч|длинн|измен|адаптир|перепи[сш]|добав|перевес|перевед|сократ|сокращ|дополн|расшир|отредактир|предлож|напис|напиш"
        "|переформулир|упрост|подготов|сделать|сделаю|официальн|друг|обновл|обнови|готов|исправл|улучш"
        "|преобраз|расшир|подчеркн|углуб|детализ",
        "part": r"тон\w{0,2}\b|раздел\w*|абзац\w*|введени\w*|вступлени\w*|заключени\w*|подзаголов\w*|заголов\w*|мета\w*|seo|резюме|рассылк\w*"
        r"|перед публикацией|формулировк\w*",
        "plain": r"верси\w*|вариант\w*|названи\w*|стил\w*|длин[аыуе]\b|объ[её]м\w*|пример\w*|источник\w*|част[ьи]\b|правк\w*"
        r"|изменени\w*|также|ещё|еще|более|менее|несколько|три|нужно|знать|пожалуйста|что-то|что-нибудь|больше|меньше|соцсет\w*"
        r"|соцсет\w*|профессиональн\w+|личн\w+|простой|живой|необходимости|призыв|действию|любые|социальн\w+"
        r"|лучше|хорошо|язык\w*|сильнее",
    },
    "uk": {
        "agree": "звичайно|звісно|з радістю|із задоволенням|авжеж|зрозуміло",
        "thanks": "добре|чудово|дякую",
        "present": "ось|нижче|представляю|пропоную|я (?:написав|написала|підготував|підготувала)",
        "piece": r"статт\w+|текст\w*|допис\w*|чернетк\w+|версі\w+|варіант\w*|есе|markdown|html|пост\w*",
        "given": "ось він|ось вона|будь ласка|як ви просили|готово",
        "about": r"про|о|для|на тему|у|в|з|на (?:блог\w*|основі)|присвяч\w+",
        "you": r"ви|вас|вам|ваш\w*|тобі|твій|твоя|просили",
        "wish": "(?:хочете|хочеш|бажаєте),? щоб я",
        "offer": "хочете|хочеш|бажаєте|дай(?:те)? (?:мені )?знати|повідомте|скажіть|якщо (?:хочете|хочеш|потрібно)|(?:я )?можу|чи потрібно"
        "|що скажете|як ви просили",
        "change": "корот|довш|змін|адапт|перепи[сш]|дода|перекла|скорот|скороч|доповн|розшир|відредаг|запропон|напис|напиш|переформул|спрост"
        "|підгот|зроб|офіційн|інш|оновл|готов|виправл|покращ",
        "part": r"тон\w{0,2}\b|розділ\w*|абзац\w*|вступ\w*|висновк?\w*|підзаголов\w*|заголов\w*|мета\w*|seo|резюме|розсилк\w*|перед публікацією",
        "plain": r"версі\w*|варіант\w*|назв\w*|стил\w*|довжин\w*|обсяг\w*|приклад\w*|джерел\w*|частин\w*|правк\w*|змін[иу]\b|також"
        r"|ще|більш|менш|кілька|три|потрібно|знати|будь ласка|щось|більше|менше|соцмереж\w*"
        r"|соцмереж\w*|професійн\w+|особист\w+|простіш\w+|потреби",
    },
    "cs": {
        "agree": "samozřejmě|jistě|určitě|rád|ráda|s radostí|jasně|rozumím",
        "thanks": "dobře|děkuji",
        "present": "zde je|tady je|níže|napsal[a]?|připravil[a]?|předkládám",
        "piece": r"článe?k\w*|příspěv\w+|text\w*|návrh\w*|verz\w+|esej|koncept|markdown|html|post",
        "given": "prosím|jak jste (?:si )?přál[ia]?|tady to je",
        "about": r"o|na téma|pro|v|s|podle|na (?:blog\w*|základě)|v rozsahu",
        "you": r"vás|vám|vaše\w*|váš|tvůj|tvoje|tobě|zadání|přání",
        "wish": "(?:chcete|chceš|přejete si|přeješ si|přál[a]? byste si),? abych",
        "offer": "chcete|chceš|přejete si|přeješ si|mám|dejte (?:mi )?vědět|dej (?:mi )?vědět|pokud (?:chcete|chceš|potřebujete|byste)|mohu"
        r"|můžu|rád[a]? (?:\w+ )?(?:upravím|změním|doplním|zkrátím)|co (?:na to )?říkáte",
        "change": "krat|zkrát|změn|uprav|přeps|přepíš|přid|přelož|rozšíř|dopln|navrh|napsal|napíš|připrav|zjednoduš|přeformul|formáln|jin[ýáé]"
        "|aktualiz|hotov|oprav|vylepš",
        "part": r"tón\w*|sekc\w*|odstav\w*|úvod\w*|závěr\w*|mezititul\w*|nadpis\w*|meta\w*|seo|shrnutí|newsletter\w*|před zveřejněním",
        "plain": r"verz\w*|titul\w*|názv\w*|styl\w*|délk\w*|příklad\w*|zdroj\w*|část\w*|změn[yu]\b|úprav\w*|něco|ho\b|také|ještě|více"
        "|méně|vědět|něco|několik|tři|prosím|trochu"
        r"|osobnější|formálnější|jednodušší|sociální\w*|sítě|potřeb\w+|jestli|zda|lépe|dobře|jazyk\w*|silnější",
    },
    "tr": {
        "agree": "elbette|tabii(?: ki)?|memnuniyetle|kesinlikle|anladım",
        "thanks": "tamam|peki|harika|teşekkürler",
        "present": "işte|aşağıda|buyurun|sizin için|senin için",
        "piece": r"makale\w*|yazı\w*|blog\w*|metin\w*|metni|taslak\w*|taslağı|sürüm\w*|içerik\w*|markdown|html",
        "given": "buyurun|işte burada|istediğiniz gibi",
        "about": "hakkında|için|üzerine",
        "you": r"siz\w*|sen\w*|istediğin\w*|\w+iniz\b",
        "wish": r"(?:eklememi|değiştirmemi|kısaltmamı|uzatmamı|düzenlememi|çevirmemi|yazmamı|yapmamı)\b.{0,40}(?:ister|isterseniz)",
        "offer": r"ister misin\w*|ister(?:se)?n?iz|isterseniz|dilerseniz|istersen|haber ver|bildir|söyle|\w+[ae]bilirim|\w+[ae]yım mı|ne düşün"
        "|istediğiniz gibi",
        "change": r"uzun|kısa\w*|değiş|düzenle|ekle|çevir|genişlet|yeniden yaz|yaz(?:abil|mam|ay)|uyarla|öner|sadeleştir|hazırla|özetle|resmi"
        "|farklı|başka|güncel|hazır|düzelt",
        "part": r"ton(?:u|unu|un|a)?\b|bölüm\w*|paragraf\w*|giriş\w*|sonuç\w*|başlık\w*|başlığ\w*|meta\w*|seo|özet\w*|bülten\w*"
        "|yayınlamadan önce",
        "plain": r"sürüm\w*|versiyon\w*|stil\w*|üslu[bp]\w*|uzunlu\w*|örne\w*|kaynak\w*|kısm\w*|değişiklik\w*|ister\w*|ayrıca|daha"
        r"|biraz|haber|üç|birkaç|sosyal medya|lütfen|bir|dil\w*|resm[iî]|gayriresm[iî]|ifade\w*",
    },
    "fi": {
        "agree": "totta kai|tietysti|toki|mielelläni|selvä|ilman muuta|varmasti",
        "thanks": "hyvä|kiitos",
        "present": "tässä (?:on)?|alla|ohessa|kirjoitin|laadin",
        "piece": r"artikkeli\w*|blogi\w*|teksti\w*|luonno\w+|versio\w*|kirjoitu\w+|julkaisu\w*|markdown|html|essee",
        "given": "ole hyvä|olkaa hyvä|kuten pyysit",
        "about": r"(?:\w+ ){0,3}?\w+(?:sta|stä|lle)\b",
        "you": r"sinu\w+|sinä|teidän|teille|pyys\w+|pyytämä\w*",
        "wish": "(?:haluatko|haluaisitko|haluatteko),? että",
        "offer": "haluatko|haluaisitko|haluatteko|kerro|ilmoita|voin|jos (?:haluat|haluatte|toivot|tarvitset)"
        "|(?:lisään|muokkaan|lyhennän|muutan)kö|mitä mieltä",
        "change": r"lyhy|lyhen|pident|muok|muut|muunt|lisää|lisäi|kään|laajen|tiivist|kirjoit|ehdot|yksinkert|muodoll|toise|eri\b",
        "part": r"sävy\w*|osio\w*|kappale\w*|johdan\w*|lopetu\w*|yhteenveto\w*|väliotsik\w*|otsik\w*|meta\w*|seo|uutiskir\w*|ennen julkaisua",
        "plain": r"versio\w*|tyyli\w*|pituu\w*|pituut\w*|esimerk\w*|läht\w*|osa\w*|muutok\w*|muutos\w*|myös|vielä|enemmän|vähemmän|jotain"
        r"|halua\w*|muutaman|kolme",
    },
    "el": {
        "agree": "φυσικά|βεβαίως|βέβαια|ασφαλώς|με χαρά|ευχαρίστως",
        "thanks": "τέλεια|εντάξει|ευχαριστώ",
        "present": "ορίστε|εδώ είναι|παρακάτω|ακολουθεί|έγραψα|ετοίμασα",
        "piece": r"άρθρο\w*|κείμεν\w+|προσχέδιο|έκδοση|ανάρτηση|δημοσίευση|δοκίμιο|markdown|html",
        "given": "ορίστε|όπως ζητήσατε|όπως ζήτησες",
        "about": "για|σχετικά|με|σε|στα|περίπου",
        "you": r"σασ|σου|ζητήσ\w+|ζήτησ\w+",
        "wish": "(?:θα θέλατε|θέλετε|θα ήθελες|θέλεις) να (?:προσθέσω|αλλάξω|προσαρμόσω|συντομεύσω|επεκτείνω|μεταφράσω|το|γράψω)",
        "offer": "θα θέλατε|θέλετε|θα ήθελες|θέλεις|πείτε μου|πες μου|ενημερώστε με|(?:αν|εάν) (?:θέλετε|θέλεις|χρειάζεστε)|μπορώ|τι λέτε",
        "change": "σύντομ|συντομ|προσαρμ|αλλά[ξζ]|προσθ|μεταφρ|επεκτ|γράψ|προτείν|απλοπ|ξαναγρ|άλλ[οηα]|διαφορετικ",
        "part": r"τόν\w*|ενότητ\w*|παράγραφ\w*|εισαγωγ\w*|συμπέρασμ\w*|επίλογ\w*|υπότιτλ\w*|meta\w*|seo|περίληψ\w*|πριν (?:από )?τη δημοσίευση",
        "plain": r"τίτλ\w*|έκδοσ\w*|ύφο\w*|μήκο\w*|παραδείγμ\w*|πηγ\w*|μέρο\w*|αλλαγ\w*|επίσης|ακόμα|ακόμη|περισσότερ\w*|λιγότερ\w*"
        r"|κάτι|μερικ\w*|τρεισ",
    },
    "ar": {
        "agree": "بالتأكيد|بالطبع|طبعا|طبعًا|حسنا|حسنًا|بكل سرور|أكيد",
        "thanks": "تمام|شكرا|شكرًا",
        "present": "إليك|إليكم|فيما يلي|هذا|هذه|تفضل|لقد كتبت|كتبت لك",
        "piece": r"(?:ال)?مقال\w*|(?:ال)?تدوينة|(?:ال)?نص|(?:ال)?مسودة|(?:ال)?نسخة|منشور|مقالتك|مقالك",
        "given": "تفضل|كما طلبت",
        "about": r"عن|حول|بعنوان|لـ?|ل\w+|في|ب\w+",
        "you": r"لك|لكم|طلبت\w*|\w+ك\b",
        "wish": "هل (?:تريد|ترغب|تود)(?:ين)?(?: في| مني)? أن (?:أضيف|أعدل|أغير|أختصر|أترجم|أكتب|أقوم|أجعل)",
        "offer": "هل (?:تريد|ترغب|تود)(?:ين)?|أخبرني|أعلمني|يمكنني|يسعدني|إذا (?:أردت|رغبت|كنت)|إن أردت|ما رأيك|لا تتردد",
        "change": "تعديل|أعدل|إضافة|أضيف|ترجم|أترجم|اختص|أختصر|تغيير|أغير|أكتب|أوسع|أجعل|أقصر|أطول",
        "part": "(?:ال)?نبرة|(?:ال)?قسم|(?:ال)?فقرة|(?:ال)?مقدمة|(?:ال)?خاتمة|(?:ال)?عناوين|(?:ال)?ملخص|قبل النشر",
        "plain": r"(?:ال)?أسلوب(?:ه|ها)?|(?:مني)|(?:ال)?طول|(?:ال)?عنوان|(?:ال)?نسخة|(?:ال)?أمثلة|(?:ال)?مصادر|أيضا|المزيد|أكثر|أقل|بعض|ثلاث\w*|أقوم"
        r"|ب?\w*شيء",
    },
    "fa": {
        "agree": "البته|حتما|حتماً|بله|با کمال میل|چشم",
        "thanks": "عالی|ممنون|باشه",
        "present": "این(?: هم)?|در ادامه|در زیر|بفرمایید|اینجا|برایتان",
        "piece": r"مقاله\w*|متن\w*|پست\w*|پیش‌نویس|نسخه\w*|مطلب\w*|یادداشت\w*",
        "given": "بفرمایید|همان‌طور که خواستید",
        "about": r"درباره\w*|در مورد|برای|با|در|درباره‌ی",
        "you": "شما|برایتان|خواستید|درخواستی",
        "wish": "(?:می‌خواهید|میخواهید|مایلید|می‌خواهی|دوست دارید)،? (?:که )?.{0,30}(?:اضافه|تغییر|ویرایش|کوتاه|ترجمه|بازنویسی|کنم|دهم)",
        "offer": "می‌خواهید|میخواهید|مایلید|می‌خواهی|به من (?:بگویید|اطلاع دهید|بگو)|اگر (?:بخواهید|مایل باشید)|می‌توانم|نظرتان",
        "change": "کوتاه|تغییر|ویرایش|اضافه|ترجمه|بازنویسی|بنویسم|پیشنهاد|رسمی|بلند",
        "part": "لحن|بخش|پاراگراف|مقدمه|نتیجه‌گیری|سرتیتر|خلاصه|پیش از انتشار",
        "plain": "طول|عنوان|نسخه|سبک|مثال|منبع|منابع|همچنین|بیشتر|کمتر|چند|کنم|دهم|هم",
    },
    "he": {
        "agree": "בטח|כמובן|בהחלט|בשמחה|ברור",
        "thanks": "בסדר|מצוין|תודה",
        "present": "הנה|להלן|זה|זהו|כתבתי|הכנתי|לפניך",
        "piece": r"ה?מאמר\w*|ה?כתבה|ה?פוסט\w*|ה?טקסט|ה?טיוטה|ה?גרסה|ה?רשומה",
        "given": "בבקשה|כפי שביקשת",
        "about": r"על|בנושא|עבור|ב\w+|ל\w+",
        "you": r"לך|לכם|שלך|שביקשת\w*",
        "wish": "(?:האם )?(?:תרצה|תרצי|תרצו|אתה רוצה|את רוצה) ש(?:אוסיף|אשנה|אקצר|ארחיב|אתרגם|אני|אתאים|אכתוב)",
        "offer": "(?:האם )?(?:תרצה|תרצי|תרצו|אתה רוצה|את רוצה)|(?:ספר|ספרי|תגיד|תגידי|עדכן) לי|אם תרצה|אוכל|אני יכול(?:ה)?|אשמח|מה דעתך",
        "change": "קצר|שינוי|לשנות|להוסיף|לקצר|להתאים|ש?(?:אוסיף|אשנה|אקצר|ארחיב|אתרגם|אכתוב|אתאים)|תרג|לכתוב|להרחיב",
        "part": "ה?טון|ה?פרק|ה?פסקה|ה?הקדמה|ה?סיכום|ה?כותרות|ה?תקציר|לפני הפרסום",
        "plain": "ה?אורך|ה?כותרת|ה?גרסה|ה?סגנון|דוגמאות|מקורות|שינויים|גם|עוד|יותר|פחות|משהו|כמה",
    },
    "hi": {
        "agree": "ज़रूर|जरूर|बिल्कुल|बिलकुल|निश्चित रूप से|अवश्य|हाँ|बेशक",
        "thanks": "ठीक है|धन्यवाद",
        "present": "यहाँ|यहां|यह रहा|यह है|ये रहा|नीचे|निम्नलिखित|पेश है|प्रस्तुत है|मैंने",
        "piece": "लेख|आर्टिकल|ब्लॉग|पोस्ट|मसौदा|संस्करण|निबंध|ड्राफ्ट|ड्राफ़्ट",
        "given": "यह लीजिए|लीजिए|आपके अनुरोध के अनुसार",
        "about": "के बारे में|पर|के लिए|है|हैं",
        "you": r"आप\w*",
        "wish": "क्या आप चाहते हैं कि मैं|क्या आप चाहेंगे कि मैं|क्या मैं .{0,40}(?:जोड़|बदल|छोटा|अनुवाद|संपादित)",
        "offer": "क्या आप|क्या मैं|मुझे बता(?:एं|एँ|इए)|बता(?:एं|एँ|इए)|सकता हूँ|सकती हूँ|अगर आप चाहें",
        "change": "छोटा|लंबा|बदल|जोड़|संपाद|अनुवाद|लिख|सुझा|औपचारिक",
        "part": "टोन|लहज|अनुभाग|पैराग्राफ|परिचय|निष्कर्ष|उपशीर्षक|सारांश",
        "plain": "लंबाई|शीर्षक|संस्करण|शैली|उदाहरण|स्रोत|बदलाव|भी|और|अधिक|कम|कुछ|इसमें|मैं|आप|चाहते|एक",
    },
    "id": {
        "agree": "tentu(?: saja)?|baik(?:lah)?|siap|dengan senang hati|pasti",
        "thanks": "oke|ok|terima kasih",
        "present": "berikut(?: ini)?(?: adalah)?|di bawah ini|inilah|ini(?: dia)?|saya telah",
        "piece": r"artikel\w*|tulisan|teks|draf|draft|versi|postingan|blog|esai|konten|naskah",
        "given": "silakan|sesuai permintaan",
        "about": "tentang|mengenai|untuk|dalam|dengan|seputar|berjudul",
        "you": "anda|kamu|diminta|permintaan",
        "wish": "(?:apakah )?(?:anda|kamu) (?:ingin|mau) (?:agar )?saya",
        "offer": "apakah (?:anda|kamu)|(?:anda|kamu) (?:ingin|mau)|(?:beri tahu|beritahu|kabari) saya|jika (?:anda|kamu)"
        "|saya (?:juga )?(?:bisa|dapat)|bagaimana menurut|silakan",
        "change": "menambah|mengubah|menyesuaikan|mempersingkat|menerjemah|pendek|singkat|ubah|sesuai|tambah|terjemah|revisi|menulis|memperluas"
        r"|membuat|menyederhana|formal|lain\b|berbeda",
        "part": r"nada|bagian|paragraf|pendahuluan|kesimpulan|subjudul|meta\w*|seo|ringkasan|buletin|sebelum (?:di)?terbit\w*",
        "plain": "versi|judul|gaya|panjang|contoh|sumber|perubahan|revisi|juga|lebih|beberapa|sesuatu|ingin|tiga|mungkin",
    },
    "vi": {
        "agree": "chắc chắn(?: rồi)?|tất nhiên|dĩ nhiên|được chứ|vâng|dạ|rất sẵn lòng",
        "thanks": "tuyệt|cảm ơn|ok",
        "present": "đây là|dưới đây|sau đây|mình đã|tôi đã",
        "piece": "bài (?:viết|báo|blog|đăng)|bản (?:nháp|thảo)|phiên bản|đoạn văn|nội dung|bài",
        "given": "của bạn đây|theo yêu cầu",
        "about": "về|cho|với|bằng|khoảng|theo",
        "you": "bạn|yêu cầu",
        "wish": "bạn có muốn (?:tôi|mình|em)|bạn muốn (?:tôi|mình) ",
        "offer": "bạn có muốn|bạn muốn|hãy cho (?:tôi|mình) biết|cho (?:tôi|mình) biết|nếu bạn (?:muốn|cần)|(?:tôi|mình) (?:cũng )?có thể"
        "|bạn nghĩ sao",
        "change": "ngắn|dài|sửa|chỉnh|thêm|dịch|viết lại|rút gọn|mở rộng|đề xuất|trang trọng|khác",
        "part": "giọng (?:văn|điệu)|đoạn|phần mở đầu|mở bài|kết luận|kết bài|tiêu đề phụ|mô tả meta|meta|seo|tóm tắt|bản tin|trước khi đăng",
        "plain": "phiên bản|tiêu đề|phong cách|độ dài|ví dụ|nguồn|phần|thay đổi|cũng|thêm|hơn|một số|vài|không|nữa",
    },
    "th": {
        "agree": "ได้เลย(?:ครับ|ค่ะ)?|แน่นอน(?:ครับ|ค่ะ)?|ยินดี(?:ครับ|ค่ะ)?|ได้(?:ครับ|ค่ะ)|ครับ|ค่ะ",
        "thanks": "ขอบคุณ(?:ครับ|ค่ะ)?",
        "present": "นี่คือ|ด้านล่างนี้|ต่อไปนี้|นี่เป็น",
        "piece": "บทความ|โพสต์|ข้อความ|ฉบับร่าง|ร่าง|เวอร์ชัน|เนื้อหา|บล็อก",
        "given": "ตามที่ขอ|นี่ครับ|นี่ค่ะ",
        "about": "เกี่ยวกับ|เรื่อง|สำหรับ|ของ|ที่",
        "you": "คุณ|ที่ขอ",
        "wish": "(?:คุณ)?(?:ต้องการ|อยาก)ให้(?:ฉัน|ผม|ดิฉัน|เรา)",
        "offer": "(?:คุณ)?(?:ต้องการ|อยาก)(?:ให้)?(?:ฉัน|ผม|ดิฉัน|เรา)?|(?:แจ้ง|บอก)(?:ฉัน|ผม|ดิฉัน)?(?:ได้|มา)|หากต้องการ"
        "|(?:ฉัน|ผม|ดิฉัน)สามารถ",
        "change": "สั้น|ยาว|ปรับ|แก้|เพิ่ม|แปล|เขียน|ย่อ|ขยาย",
        "part": "โทน|น้ำเสียง|ย่อหน้า|บทนำ|บทสรุป|หัวข้อย่อย",
        "plain": "ความยาว|หัวข้อ|เวอร์ชัน|สไตล์|ตัวอย่าง|ไหม|ครับ|ค่ะ|คะ|ด้วย|เพิ่มเติม|หรือไม่|อีก|และ|หรือ|ให้",
    },
    "ja": {
        "agree": "もちろん(?:です)?|承知(?:いた)?しました|かしこまりました|わかりました|はい|了解(?:です|しました)?|喜んで",
        "thanks": "ありがとうございます",
        "present": "以下(?:は|が|に|の)?|こちら(?:は|が|に)?|これは|下記(?:は|が|に)?|次の",
        "piece": "記事|ブログ|原稿|文章|下書き|草案|草稿|バージョン|テキスト|投稿|コラム|修正版|改訂版|完成版|最終版|更新版",
        "given": "どうぞ|お待たせしました|ご依頼の(?:記事|原稿|文章)(?:です)?|(?:記事|原稿|文章)は(?:こちら|以下)(?:です|になります|の通りです)?"
        "|(?:記事|原稿|文章)を(?:ご用意|用意|作成|執筆|お書き|書き)(?:いた)?し?ました",
        "about": "です|になります|を|が|の",
        "you": "ご依頼|ご要望|お客様|あなた|ご希望",
        "wish": "しましょうか|いたしましょうか|してほしい|しますか",
        "offer": "しましょうか|いたしましょうか|しますか|いたします|します|お(?:知らせ|申し付け|聞かせ)ください|教えてください|お気軽に|(?:必要|ご要望|ご希望)(?:が|で)?(?:あれば|したら|でしたら|ございましたら)|いかがでしょうか"
        "|可能です|できます",
        "change": "短く|長く|短い|長い|修正|変更|調整|追加|翻訳|加筆|改善|編集|作成|提案|必要|希望|知らせ|申し付け|聞かせ|気軽|遠慮|教え|他|別|案|等|際|点",
        "part": "トーン|文体|語調|見出し|導入|結論|段落|要約|メタディスクリプション|公開前",
        "plain": "長さ|タイトル|バージョン|スタイル|例文|字数|案|別|他|等|際|点|知|申|付|聞|気軽|遠慮|教|必要|希望|要望|以上|何|さらに|変|専門|親|丁寧|簡単|具体|詳|柔|硬|全体|内容|場合|方|版",
    },
    "zh": {
        "agree": "当然(?:可以)?|當然(?:可以)?|好的?|没问题|沒問題|可以|明白了?|收到",
        "thanks": "谢谢|謝謝|很高兴",
        "present": "以下(?:是|为|為)?|下面(?:是)?|这(?:是|里是)|這(?:是|裡是)|我(?:已经?|為您|为您|为你)|为您|為您",
        "piece": "文章|博文|博客|部落格|草稿|初稿|版本|稿件|稿子|文案|帖子|全文|正文",
        "given": "请看|請看|请查收|請查收|如您所愿|按照您的要求",
        "about": "，|：|，?(?:请|約|约|共|供|希望|已)",
        "you": "您|你|要求",
        "wish": "(?:需要|要不要|是否需要|您希望|你希望|希望|想让|想要)我",
        "offer": "需要我|要不要我?|是否需要|您?希望我?|你希望我?|想让我?|想要我?|(?:请|請)?(?:随时|隨時)?(?:告诉|告訴|告知)我?|如(?:果)?(?:有|您|你|需要)|我(?:还|還|也)?可以|需要",
        "change": "缩短|縮短|修改|调整|調整|添加|补充|補充|翻译|翻譯|润色|潤飾|改成|改为|改写|更短|更长|更加|扩写|换|写|需要|可以|如果|您|帮|进一步|继续|随时|几个|告诉|其他|任何|正式|請|请|想",
        "part": "语气|語氣|标题|標題|段落|开头|結尾|结尾|摘要|导语|发布前|小标题",
        "plain": "长度|長度|版本|风格|風格|例子|来源|意见|需要|可以|如果|您|帮|幫|进一步|继续|随时|几个|任何|正式|請|请|想|再|它|成|更|短|长|一|个|或者|或|吗|写|换|为|把|对|我|你|的|篇|还"
        "|改得|吸引人|更加|加|改|吸引|有趣|生动|专业|简洁|正文|社交媒体|平台|得",
    },
    "ko": {
        "agree": "물론(?:입니다|이죠|이에요)?|네|알겠습니다|그럼요|기꺼이",
        "thanks": "좋습니다|좋아요|감사합니다",
        "present": "에 (?:관한|대한)|다음은|아래는|여기(?:에)?|아래에|이것은|요청하신",
        "piece": r"글(?!씨|자)\w*|기사\w*|블로그\w*|초안\w*|버전\w*|원고\w*|포스트\w*|포스팅\w*|문서\w*|콘텐츠\w*|에세이\w*",
        "given": "여기 있습니다|요청하신 대로",
        "about": "입니다|이에요|을|를|은|는",
        "you": "요청하신|당신|고객",
        "wish": "(?:추가|수정|변경|조정|번역|보완|편집|바꿔|바꾸어|작성).{0,8}(?:해 ?드릴까요|할까요|드릴까요)",
        "offer": "(?:할|드릴|줄)까요|원하시면|원하시나요|말씀해 ?주세요|알려 ?주(?:세요|시면)|필요하시면|드릴 수 있|수 있습니다",
        "change": "짧|길게|긴|수정|변경|조정|추가|번역|바꾸|바꿔|줄이|늘리|제안|작성|써|다듬|원하|드릴|주세요|주시|말씀|알려|필요|언제든|다른|몇|가지|있습니다|있으시면|더",
        "part": r"톤\w*|어조\w*|문체\w*|섹션\w*|단락\w*|서론\w*|결론\w*|소제목\w*|요약\w*|메타\w*|게시하기 전",
        "plain": r"길이\w*|제목\w*|버전\w*|스타일\w*|예시\w*|원하\w*|드릴|주세요|주시\w*|말씀\w*|알려|필요\w*|언제든\w*|다른|몇|가지|있습니다|있으시면|더|수|해|또는|하거나",
    },
    "hu": {
        "agree": "természetesen|persze|rendben|szívesen|örömmel|hogyne|máris|feltétlenül|értem|igen",
        "thanks": "köszönöm(?: szépen)?|köszi|nagyszerű|remek|tökéletes|szuper|jó (?:kérdés|ötlet|téma)",
        "present": "íme|itt (?:van|a|az|egy|olvasható|található)|alább|az alábbi(?:akban)?|következik|(?:meg)?írtam|elkészítettem|átdolgoztam"
        "|összeállítottam|lerövidítettem|átírtam|frissítettem",
        "piece": r"(?:blog)?(?:cikk|bejegyzés|poszt)\w*|szöveg\w*|vázlat\w*|változat\w*|verzió\w*|piszkozat\w*|írás\w*|tartalom|markdown|html"
        r"|esszé\w*|sajtóközlemény\w*",
        "given": r"tessék|parancsoljon|ahogy kért\w+|kérésére|kérésedre",
        "about": r"(?:\w+ ){0,3}?\w+(?:ról|ről|hoz|hez|ben|ban|nak|nek)\b",
        "you": r"ön\w*|önnek|neked|tiéd|kért\w*|kérés\w*",
        "wish": r"szeretné(?:d|k)?,? (?:\w+ )?(?:hogy|ha)|kér(?:i|ed),? hogy|akar(?:ja|od),? hogy",
        "offer": "szeretné(?:d|k)?|szólj(?:on)?|jelezz?[ed]?,?|tudassa velem"
        "|ha (?:szeretné|szeretnéd|kívánja|kéri|kéred|gondolja|gondolod|szükséges)|(?:szívesen|tudok|tudom)|írok"
        "|(?:át|meg|hozzá|le)?(?:írjam|rövidítsem|módosítsam|változtassam|bővítsem)|mit (?:szól|gondol)|megfelel"
        "|(?:írjak|készítsek|módosítsak|javasoljak|rövidítsek|adjak|hozzáadjak)",
        "change": "rövid|hossz|módosít|átír|átdolgoz|kiegészít|bővít|fordít|lefordít|hozzáad|hozzátesz|hozzá|írok|írjam|írhat|készít|javasol"
        r"|egyszerűsít|formális|hivatalos|más\b|másik|változtat|frissít|kész|javít",
        "part": r"hangnem\w*|hangvétel\w*|bekezdés\w*|szakasz\w*|bevezet\w*|összefoglal\w*|alcím\w*|címsor\w*|meta\w*|seo|hírlevél\w*"
        "|közzététel előtt",
        "plain": r"cím\w{0,4}\b|stílus\w*|hossz\w{0,3}\b|példá\w*|forrás\w*|rész\w*|változtatás\w*|módosítás\w*|valami\w*|is\b|még|egy"
        r"|kicsit|valamit|több|kevesebb|vagy|ha\b|hogy|szeretné\w*|szívesen|néhány|három|közösségi"
        r"|személyes\w*|egyszerű\w*|szükség\w*|média|szóljon|szólj|jó|jobb|nyelv\w*|erősebb|jelezze|még",
    },
}
