"""Words that assistants write around articles, in many languages, in lower case.

PHRASES, as `re` reads them, by language:
    agree: words that agree to a wish ("certainly").
    present: words that hand something over ("here is"), for a `piece` that follows within a sentence.
    piece: words for an article as a thing.
    given: a whole phrase that hands it over ("here you go").
    offer: phrases that only an assistant says to its author.
    maybe: phrases that offer something, as an article may too: they count beside a word of `change`.
    change: what is done to a text.
HOPES: what may stand before an offer, as `re` reads it.
LABELS: names of labels by kind. METADATA_HEADINGS: what stands above labels. INTRODUCTION_HEADINGS: what an article's
first section is called. CONTENTS_HEADINGS: what stands above a list of an article's own headings. WORD_COUNT: how the
length of an article is told, as `re` reads it.
"""

from typing import Literal, TypeAlias

LabelKind: TypeAlias = Literal["title", "seo_title", "subtitle", "description", "slug", "tags", "other"]

PHRASES = {
    "en": {
        "agree": "thank(?:s| you) for (?:the|your|that|sharing the|sharing your|providing the) (?:\\w+ )?(?:details?|clarification|context|feedback|info(?:rmation)?|notes|brief|correction|input|background|outline)"
        "|great (?:question|idea|topic)|certainly|sure(?: thing)?|of course|absolutely|definitely|gladly|great|perfect|got it|okay|ok|understood"
        "|happy to(?: help)?|no problem|my pleasure|alright|thanks|thank you",
        "present": "here(?:'s| is| are)|below (?:is|you'll find|you will find)|this is|following is|find below|i(?:'ve| have)?"
        r" (?:\w+ )?(?:written|wrote|drafted|created|prepared|put together|crafted|revised|rewritten|updated|expanded|polished)"
        "|i'll write|let me write",
        "piece": r"(?:blog )?(?:article|post)|blog|draft|version|piece|essay|write-up|copy|markdown|html|\d+[- ]word \w+|text"
        "|newsletter|press release|content|rewrite",
        "given": "here you (?:go|are)|here it is|here we go|there you go|(?:[\\w-]+ )?(?:draft|version|article|post|text|rewrite) (?:is )?below"
        "|here(?:'s| is) the result|as (?:you )?(?:requested|asked)",
        "offer": "would you like me to|do you want me to|want me to|let me know if (?:you(?:'d| would) like|you want|you need"
        "|i should|this works|there's anything|there is anything|any(?:thing)?)|let me know (?:how|what|which|whether) (?:you"
        "(?:'d| would) (?:like|want)|i (?:can|should)|it (?:should|needs))|i can also|i(?:'d| would) be happy to"
        "|i'm happy to|happy to (?:adjust|revise|tweak|expand|shorten|help|make)|if you(?:'d| would)? (?:like|want|prefer|wish)"
        ",? i can|(?:shall|should) i (?:also )?(?:adjust|expand|shorten|rewrite|translate|revise|tighten|trim|simplify|polish)"
        "|i hope this (?:article|post|draft|piece|version|blog|meets|fits|works|is what)|just (?:say|let me know|tell me)"
        "|feel free to (?:tell me|let me know) (?:if|which|what|how|whether)\\b.{0,60}\\b(?:sections?|tone|version|draft|headlines?|expanded|shorter|longer|changes|edits|adjust\\w*|revis\\w+)"
        "|if you (?:share|send|give|tell|provide) .{0,60}?,? i(?:'ll| can| will) (?:also )?(?:optimi[sz]e|tailor|rewrite|revise|refine|tweak|rework)"
        "|(?:does|is) (?:this|that|it) .{0,40}\\b(?:tone|style|length|direction) you (?:had in mind|wanted?|need|were (?:looking for|after))"
        "|(?:shall|should) i (?:go ahead|proceed) (?:and|with)|(?:shall|should) i (?:also |now )?(?:write|draft|create|generate|prepare) (?:up )?(?:an?|the|another|some|two|three) (?:[\\w-]+ ){0,3}?(?:version|post|article|draft|headlines?|meta|faq|summary|outline)"
        "|feel free to (?:modify|adjust|edit|customi[sz]e|adapt|tweak|change|ask (?:me|for))|tell me (?:if|what) you(?:'d| would)? like"
        "|(?:would|do) you (?:like|prefer|want) (?:a |an )?(?:different|shorter|longer|more|less) (?:[\\w-]+ ){0,2}?(?:tone|version|headline|title|style|draft)|(?:need|want) any (?:changes|edits|adjustments|revisions)|any (?:changes|edits|adjustments) you(?:'d| would) like|i(?:'d| would) be glad to (?:revise|adjust|tweak|expand|shorten)|please let me know (?:if|whether) (?:the|this|it|you)|can i (?:help|assist) you with|i can (?:also )?(?:shorten|expand|adjust|rewrite|translate|adapt|make it|turn (?:it|this))|would you like (?:a|an|any) (?:[\\w-]+ ){0,3}?(?:version|changes|edits|adjustments|draft)|let me know which (?:title|version|option|headline)|is there anything (?:else )?you(?:'d| would) like",
        "maybe": "how does (?:this|that|it) (?:sound|look)|as you (?:asked|requested)|i (?:couldn't|could not|was unable to|wasn't able to) (?:verify|check|confirm)"
        "|let me know if|shall i|should i|i could|i can|would you like|do you want|if you(?:'d)? (?:like|want)"
        "|feel free to|need (?:any )?(?:changes|edits|adjustments)|please (?:let me know|tell me)|what do you think"
        "|(?:any|which) (?:changes|edits|adjustments|part|section)",
        "change": "tone|length|shorter|longer|adjust|rewrite|revise|edit|expand|shorten|section|headline|version|draft|article"
        "|blog post|seo|translate|meta description|tweak|add|title|style|changes|audience|format"
        "|chang|revis|translat|tighten|trim|simplif|polish|continue|summar|intro|ending|sources?|go ahead|next part|humou?r|before (?:publishing|you publish)",
    },
    "de": {
        "agree": "natürlich|klar|gerne?|selbstverständlich|sicher|na klar|aber gerne?|sehr gerne?|alles klar|okay|ok|verstanden"
        "|kein problem|mit vergnügen|super|perfekt|danke|vielen dank",
        "present": "hier (?:ist|sind|kommt|hast du|haben sie|findest du|finden sie|der|die|das|ein|eine|dein|deine|ihr|ihre)"
        "|anbei|nachfolgend|im folgenden|das ist|ich habe(?=.{0,200}\\b(?:geschrieben|verfasst|erstellt|entworfen|überarbeitet|gekürzt|"
        "erweitert|angepasst|umgeschrieben|aktualisiert|formuliert|ergänzt|vorbereitet|zusammengestellt|umgestellt|korrigiert|übersetzt|optimiert"
        "|geändert|gestrichen|eingearbeitet|gemacht|umgesetzt))|unten (?:findest du|finden sie|steht)|es folgt",
        "piece": r"(?:blog)?(?:artikel|beitrag|post|text)s?|blogpost|entwurf|fassung|version|aufsatz|essay|markdown|html|pressemitteilung"
        r"|überarbeitung|\w+(?:artikel|beitrag|text|entwurf)",
        "given": "hier (?:ist )?das ergebnis|bitte ?(?:schön|sehr)|hier ist (?:er|sie|es)|wie gewünscht|hier, bitte|los geht's",
        "offer": "soll ich (?:den|die|das) (?:ton|text|artikel|beitrag|titel|stil|einleitung|überschrift)\\b"
        "|(?:sag|sagen sie) mir,? (?:wenn|falls|ob) ich|soll ich (?:dir |ihnen |euch |noch |auch |daraus |dazu |jetzt |gleich ){1,3}.{0,60}?(?:version|fassung|variante|zusammenfassung|beschreibung|entwurf|post|newsletter|faq|titel|überschriften)\\b"
        ".{0,40}(?:schreiben|erstellen|machen|verfassen|formulieren|entwerfen|vorschlagen)|(?:möchtest du|möchten sie|willst du|wollen sie|wünschst du|wünschen sie)(?: dir)?,? (?:noch |gern )?dass ich"
        "|soll ich (?:(?:dir|ihnen|noch|den|die|das|ihn|es|daraus|dazu|auch|etwas|am|im|einen|eine|artikel|text|beitrag|ton|titel|stil|abschnitt|überschrift|rezept)\\b ?)*\\w*(?:anpassen|ändern|ergänzen"
        "|kürzen|erweitern|umschreiben|übersetzen|hinzufügen|überarbeiten|weiterschreiben)|(?:sag|sagen sie|gib|geben sie) "
        "(?:mir )?(?:einfach |gern |gerne |kurz )?bescheid, (?:wenn|falls|ob) (?:du|sie|ich|etwas|noch)|lass (?:es )?mich wissen"
        "|lassen sie (?:es )?mich (?:gerne? )?wissen|(?:wenn|falls) (?:du|sie) (?:möchtest|möchten|willst|wollen|magst),? (?:kann|passe|schreibe|ergänze|kürze|ändere|erstelle) ich"
        "|ich kann (?:dir |ihnen )?(?:auch |gern |gerne |den |die |das |ihn )*\\w* ?(?:noch|anpassen|kürzen|ergänzen|erweitern)"
        "|passt (?:der|die|das|dieser) (?:ton|text|artikel|stil|länge|entwurf|beitrag)\\b|(?:wenn|falls) (?:sie|du) (?:noch )?(?:änderungen|anpassungen)|gerne? (?:passe|ändere|kürze|ergänze|überarbeite|schreibe) ich|(?:wünschst|wünschen) (?:du|sie)(?: dir| sich)? (?:noch )?änderungen|ich (?:passe|ändere|kürze|ergänze|überarbeite)\\b.{0,40}\\bgern|ich hoffe, (?:der (?:artikel|beitrag|text|entwurf)|dieser"
        "|das (?:passt|entspricht|trifft))",
        "maybe": "soll ich|sollen wir|möchtest du|möchten sie|sag mir|sagen sie mir|gib mir|wenn du (?:möchtest|magst|willst)"
        "|falls du|falls sie|gerne? kann ich|ich kann|änderungswünsche|passt das so|was meinst du|noch (?:etwas|wünsche)",
        "change": "ton|länge|kürzer|länger|anpass|umschreib|überarbeit|kürz|erweiter|abschnitt|überschrift|version|fassung"
        "|entwurf|artikel|beitrag|seo|übersetz|ergänz|titel|stil|änder|zielgruppe|hinzufüg|zusammenfass|beschreibung|einleitung|straff|vorschlag|bilder|text",
    },
    "fr": {
        "agree": "bien sûr|certainement|avec plaisir|absolument|d'accord|parfait|entendu|très bien|volontiers|merci",
        "present": "voici|voilà|ci-dessous|vous trouverez|j'ai (?:rédigé|écrit|préparé|créé|raccourci|modifié|corrigé|adapté|réécrit|reformulé|mis à jour|retravaillé)|je vous propose|je te propose",
        "piece": "articles?|billet|texte|brouillon|version|ébauche|rédaction|markdown|html|post|communiqué|contenu",
        "given": "voici le résultat|(?:la|le|les) voici|comme (?:demandé|convenu)",
        "offer": "(?:souhaitez-vous|souhaites-tu|voulez-vous|veux-tu|aimeriez-vous|aimerais-tu) que j|(?:souhaitez-vous|souhaites-tu|voulez-vous|veux-tu|préférez-vous) (?:une|un) (?:autre )?(?:version|ton|titre)|n'hésite[zs]? pas à me"
        "|dites-moi si (?:vous|je)|dis-moi si (?:tu|je)|faites-moi savoir|fais-moi savoir"
        "|si (?:vous (?:le )?(?:souhaitez|voulez)|tu (?:le )?(?:souhaites|veux)),? je peux|je peux (?:(?:aussi|également) |le |l'|vous |te )*(?:adapter|raccourcir|rédiger|ajouter|modifier|reformuler|traduire|proposer (?:une|des|d'autres)|écrire une)"
        "|j'espère que (?:cet article|ce texte|cela (?:vous|te) convient)|je reste à (?:votre|ta) disposition pour (?:toute|d'éventuelles) modif",
        "maybe": "souhaitez-vous|veux-tu|voulez-vous|dites-moi|dis-moi|n'hésite[zs]? pas|je peux|dois-je|qu'en pense[zs]",
        "change": "ton\\b|longueur|court|long|adapt|modif|réécri|ajout|section|titre|version|article|seo|tradui|style|ajust|raccourc",
    },
    "es": {
        "agree": "por supuesto|claro(?: que sí)?|desde luego|con (?:mucho )?gusto|perfecto|entendido|seguro|de acuerdo|genial|gracias",
        "present": "aquí (?:tienes?|está|te dejo|va|le)|a continuación|este es|he (?:escrito|redactado|preparado|creado|actualizado|acortado|corregido|modificado|adaptado|reescrito|ampliado)|te presento|le presento",
        "piece": "artículos?|entrada|publicación|texto|borrador|versión|ensayo|post|markdown|html|contenido|comunicado",
        "given": "aquí (?:lo |la )?tienes?|este es el resultado|ahí va|como (?:pediste|solicitaste|solicitó)",
        "offer": "(?:te gustaría|le gustaría|quieres|quiere|desea|deseas) que (?:lo |le |la |te |añada|agregue|ajuste|cambie|modifique|traduzca|amplíe|acorte|haga|escriba)"
        "|(?:hazme|hágame) saber si|avísame si|avíseme si|dime si (?:quieres|deseas|necesitas|prefieres)|dígame si"
        "|si (?:quieres|lo deseas|deseas|prefieres|quiere),? puedo|puedo (?:también |ajustar|adaptar|acortar|ampliar|añadir)|no dudes en (?:pedirme|decirme|avisarme)"
        "|te parece bien (?:el|la) (?:tono|texto|título|extensión|versión)|espero que (?:este artículo|este texto|te sirva este)",
        "maybe": "te gustaría|quieres|desea|hazme saber|dime|puedo|debería|qué te parece|no dudes en",
        "change": "tono|extensión|cort[oa]|larg[oa]|ajust|adapt|modific|reescrib|añad|agreg|sección|título|versión|artículo|seo|traduc|estilo|cambi",
    },
    "it": {
        "agree": "certo|certamente|certo che sì|volentieri|con piacere|naturalmente|assolutamente|perfetto|va bene|d'accordo|grazie",
        "present": "ecco|di seguito|qui (?:trovi|sotto)|ho (?:scritto|preparato|redatto|creato|aggiornato|accorciato|corretto|modificato|adattato|riscritto|ampliato)|questo è",
        "piece": "articol[oi]|post|testo|bozza|versione|saggio|markdown|html|contenuto|comunicato",
        "given": "eccol[oa]|ecco (?:qui|a te|fatto)|come richiesto",
        "offer": "(?:vuoi|vorresti|preferisci) una (?:\\w+ )?versione|(?:vuoi|vuole|desideri|desidera|vorresti|ti piacerebbe) che (?:io |lo |la |ti |aggiunga|modifichi|adatti|accorci|traduca|cambi|scriva)"
        "|fammi sapere se|mi faccia sapere|dimmi se (?:vuoi|preferisci|desideri)|se (?:vuoi|preferisci|lo desideri|desideri),? posso"
        "|posso (?:anche|adattar|modificar|accorciar|ampliar|aggiunger)|non esitare a (?:chiedermi|dirmi)|spero che (?:questo articolo|questo testo)",
        "maybe": "vuoi|vorresti|desideri|fammi sapere|dimmi|posso|devo|cosa ne pensi|non esitare",
        "change": "tono|lunghezza|brev|lung|adatt|modific|riscriv|aggiung|sezione|titolo|versione|articolo|seo|traduc|stile|cambi|accorci",
    },
    "pt": {
        "agree": "claro(?: que sim)?|com certeza|certamente|com prazer|perfeito|entendido|combinado|ótimo|obrigad[oa]",
        "present": "aqui (?:está|vai|tem|estão)|segue|abaixo está|a seguir|este é|escrevi|preparei|criei|redigi|atualizei|encurtei|corrigi|adaptei|reescrevi|ampliei",
        "piece": "artigos?|postagem|post|texto|rascunho|versão|ensaio|markdown|html|conteúdo|matéria|publicação",
        "given": "aqui está|conforme (?:solicitado|pedido)|aí está",
        "offer": "(?:gostaria|você quer|quer|deseja|queres) que eu|me avise se|avise-me se|me diga se|diga-me se|diz-me se"
        "|se (?:quiser|desejar|preferir),? (?:eu )?posso|posso (?:também|ajustar|adaptar|encurtar|ampliar|acrescentar)|fique à vontade para (?:me )?(?:pedir|ajustar|editar)"
        "|espero que (?:este artigo|este texto|o artigo)",
        "maybe": "gostaria|quer|deseja|me avise|diga|posso|devo|o que acha|fique à vontade",
        "change": "tom\\b|tamanho|curt|long|ajust|adapt|modific|reescrev|acrescent|adicion|seção|título|versão|artigo|seo|traduz|estilo|alter|mud",
    },
    "nl": {
        "agree": "natuurlijk|zeker|uiteraard|graag|prima|oké|ok|begrepen|met plezier|geen probleem|bedankt",
        "present": "hier (?:is|zijn|heb je|vind je|komt|volgt|staat)|hieronder|dit is|ik heb(?=.{0,200}\\b(?:geschreven|gemaakt|opgesteld|herschreven|ingekort"
        "|aangepast|uitgebreid|bijgewerkt|vertaald|verbeterd|gecorrigeerd))",
        "piece": r"artikel(?:en)?|blog(?:post|artikel|bericht)?|tekst|concept|versie|stuk|essay|markdown|html|persbericht",
        "given": "alsjeblieft|alstublieft|zoals gevraagd|daar gaan we",
        "offer": "(?:wil je|wilt u|zou je willen|wil jij) dat ik|zal ik (?:(?:het|de|nog|er|hem|ook|artikel|tekst|toon|korter|langer)\\b ?)*(?:maken|aanpassen|inkorten|toevoegen|herschrijven|uitbreiden|vertalen)"
        "|laat (?:het )?me(?: het)? weten (?:of|als|wat)|laat me weten|als je wilt,? kan ik|ik kan (?:ook|het|de|hem) .{0,40}(?:aanpassen|inkorten|toevoegen)|ik hoop dat (?:dit artikel|deze tekst)",
        "maybe": "wil je|wilt u|zal ik|laat me weten|laat het me weten|als je wilt|ik kan|wat vind je",
        "change": "toon|lengte|korter|langer|aanpass|herschrij|toevoeg|sectie|titel|versie|artikel|seo|vertal|stijl|wijzig|inkort|uitbreid",
    },
    "pl": {
        "agree": "oczywiście|jasne|pewnie|z przyjemnością|naturalnie|świetnie|dobrze|rozumiem|dziękuję",
        "present": "oto|poniżej|przedstawiam|to jest|napisał[ae]m|przygotował[ae]m",
        "piece": "artykuł\\w*|wpis\\w*|tekst\\w*|szkic|wersj\\w+|esej|markdown|html|post\\w*|treść",
        "given": "proszę bardzo|proszę|zgodnie z (?:prośbą|życzeniem)",
        "offer": "(?:czy )?(?:chcesz|chciał(?:a)?byś|chce pan|chce pani),? (?:że)?żebym|czy mam (?:coś |to |go |też )*(?:dodać|zmienić|skrócić|rozwinąć|poprawić|przetłumaczyć)"
        "|daj (?:mi )?znać,? (?:jeśli|czy|gdy)|jeśli chcesz,? (?:mogę|dopasuję)|mogę (?:też|również|także|go|to) (?:\\w+ )?(?:dodać|zmienić|skrócić|rozwinąć|poprawić|dostosować)|mam nadzieję, że (?:ten artykuł|tekst|wpis)",
        "maybe": "chcesz|czy mam|daj (?:mi )?znać|mogę|jeśli chcesz|co (?:o tym )?(?:myślisz|sądzisz)",
        "change": "ton\\b|długość|krót|dłuż|zmieni|dostosow|przepis|doda|sekcj|tytuł|wersj|artykuł|seo|przetłumacz|styl|popraw|skróc",
    },
    "ru": {
        "agree": "конечно|разумеется|с удовольствием|хорошо|отлично|понял[а]?|без проблем|да, конечно|спасибо|безусловно",
        "present": "вот|ниже|представляю|предлагаю|это|я (?:написал[а]?|подготовил[а]?|составил[а]?)",
        "piece": r"стать[яюией]+|текст\w*|пост\w*|черновик\w*|верси[яию]|вариант\w*|эссе|заметк\w+|публикаци\w+|markdown|html",
        "given": "вот он[ао]?|пожалуйста|как вы (?:и )?просили|готово",
        "offer": "(?:хотите|хочешь|желаете),? чтобы я|дай(?:те)? (?:мне )?знать,? (?:если|нужно|что)|сообщите(?: мне)?,? если|могу (?:также|ещё|еще|дополнить|сократить|изменить|адаптировать|переписать|добавить)"
        "|если (?:хотите|хочешь|нужно),? (?:я )?(?:могу|добавлю|изменю|сокращу)|надеюсь, (?:эта статья|этот текст|статья|текст)|нужно ли (?:что-то |что-нибудь )?(?:изменить|добавить|сократить|исправить)|мне (?:добавить|изменить|сократить|переписать)",
        "maybe": "хотите|хочешь|дайте знать|могу|если нужно|нужно ли|что скажете|как вам",
        "change": "тон|длин|короч|измен|адаптир|перепис|добав|раздел|заголов|верси|стать|seo|перевес|перевод|стил|сократ|правк",
    },
    "uk": {
        "agree": "звичайно|звісно|з радістю|із задоволенням|авжеж|добре|чудово|зрозуміло|дякую",
        "present": "ось|нижче|представляю|пропоную|це|я (?:написав|написала|підготував|підготувала)",
        "piece": r"статт\w+|текст\w*|допис\w*|чернетк\w+|версі\w+|варіант\w*|есе|markdown|html|пост\w*",
        "given": "ось він|ось вона|будь ласка|як ви просили|готово",
        "offer": "(?:хочете|хочеш|бажаєте),? щоб я|дай(?:те)? (?:мені )?знати,? (?:якщо|чи)|повідомте(?: мене)?,? якщо|можу (?:також|ще|додати|скоротити|змінити|переписати)|якщо (?:хочете|хочеш|потрібно),? (?:я )?(?:можу|додам|зміню)|сподіваюся, (?:ця стаття|цей текст|стаття|текст)",
        "maybe": "хочете|хочеш|дайте знати|можу|якщо потрібно|чи потрібно|що скажете",
        "change": "тон|довжин|корот|змін|адапт|перепис|дода|розділ|заголов|версі|статт|seo|перекла|стил|скорот|правк",
    },
    "cs": {
        "agree": "samozřejmě|jistě|určitě|rád|ráda|s radostí|dobře|jasně|rozumím|děkuji",
        "present": "zde je|tady je|níže|toto je|napsal[a]?|připravil[a]?|předkládám",
        "piece": r"článe?k\w*|příspěv\w+|text\w*|návrh\w*|verz\w+|esej|koncept|markdown|html|post",
        "given": "prosím|jak jste (?:si )?přál[ia]?|tady to je",
        "offer": "(?:chcete|chceš|přejete si|přeješ si|přál[a]? byste si),? abych|mám (?:něco |ho |ještě |také )*(?:přidat|změnit|zkrátit|rozšířit|upravit|přeložit)|dejte mi vědět|dej mi vědět|pokud (?:chcete|chceš),? (?:mohu|můžu)|mohu (?:také|ho|text|článek|ještě)|doufám, že (?:tento článek|článek|text)",
        "maybe": "chcete|chceš|mám|dejte|dej mi|mohu|můžu|co (?:na to )?říkáte",
        "change": "tón|délk|krat|zkrát|změn|uprav|přeps|přid|sekc|nadpis|titul|verz|člán|seo|přelož|styl",
    },
    "tr": {
        "agree": "elbette|tabii(?: ki)?|memnuniyetle|kesinlikle|tamam|peki|anladım|harika|teşekkürler",
        "present": "işte|aşağıda|buyurun|bu|şu|sizin için|senin için",
        "piece": r"makale\w*|yazı\w*|blog\w*|metin\w*|metni|taslak\w*|taslağı|sürüm\w*|içerik\w*|markdown|html",
        "given": "buyurun|işte burada|istediğiniz gibi",
        "offer": "(?:eklememi|değiştirmemi|kısaltmamı|uzatmamı|düzenlememi|çevirmemi|yazmamı|yapmamı)\\b.{0,40}(?:ister|isterseniz)|ister(?:se)?niz,? .{0,60}(?:ebilirim|abilirim)|(?:bana|lütfen) (?:haber ver|bildir)|umarım (?:bu (?:makale|yazı)|makale|yazı)",
        "maybe": "ister misin|haber ver|bildir|ebilirim|abilirim|ne düşün",
        "change": "ton\\w*|uzun|kısa|değiş|düzenle|ekle|bölüm|başlık|sürüm|makale|yazı|seo|çevir|stil|üslup",
    },
    "sv": {
        "agree": "självklart|absolut|visst|javisst|gärna|naturligtvis|okej|ok|perfekt|tack",
        "present": "här (?:är|kommer|har du|följer)|nedan|detta är|jag har(?=.{0,200}\\b(?:skrivit|skapat|tagit fram|uppdaterat|kortat|ändrat"
        "|anpassat|utökat|översatt|redigerat|justerat))",
        "piece": r"artikel\w*|blogg\w*|inlägg\w*|text\w*|utkast\w*|version\w*|essä|markdown|html",
        "given": "varsågod|som önskat|här har du",
        "offer": "vill du att jag|ska jag (?:\\w+ ){0,3}?(?:lägga till|ändra|korta|justera|översätta|skriva om|utöka)|säg till om|låt mig veta|hör av dig om du vill att|om du vill kan jag|jag kan (?:också|även) |hoppas (?:att )?(?:artikeln|texten|denna)",
        "maybe": "vill du|ska jag|säg till|låt mig|jag kan|vad tycker du",
        "change": "ton\\b|längd|kort|läng|ändra|justera|skriva om|lägg|avsnitt|rubrik|version|artikel|seo|översätt|stil",
    },
    "da": {
        "agree": "selvfølgelig|naturligvis|gerne|absolut|ja, gerne|okay|ok|perfekt|tak|klart",
        "present": "her (?:er|kommer|har du|følger)|nedenfor|dette er|jeg har(?=.{0,200}\\b(?:skrevet|lavet|laget|opdateret|oppdatert|forkortet"
        "|ændret|endret|tilpasset|udvidet|utvidet|omskrevet|oversat|oversatt|redigeret|redigert|rettet))",
        "piece": r"artik(?:el|len)|blog\w*|indlæg\w*|tekst\w*|udkast\w*|version\w*|essay|markdown|html",
        "given": "værsgo|som ønsket",
        "offer": "vil du have,? (?:at )?jeg|ønsker du,? at jeg|skal jeg (?:\\w+ ){0,3}?(?:tilføje|ændre|forkorte|justere|oversætte|omskrive|udvide)|lad mig vide|sig til,? hvis|giv (?:mig )?besked|hvis du vil,? kan jeg|jeg kan også|håber,? (?:at )?(?:artiklen|teksten|denne)",
        "maybe": "vil du|skal jeg|lad mig|sig til|jeg kan|hvad synes du",
        "change": "tone|længde|kort|læng|ændr|juster|omskriv|tilføj|afsnit|overskrift|version|artik|seo|oversæt|stil",
    },
    "nb": {
        "agree": "selvfølgelig|selvsagt|naturligvis|gjerne|absolutt|ja, gjerne|ok|okei|perfekt|takk|klart",
        "present": "her (?:er|kommer|har du|følger)|nedenfor|dette er|jeg har(?=.{0,200}\\b(?:skrevet|lavet|laget|opdateret|oppdatert|forkortet"
        "|ændret|endret|tilpasset|udvidet|utvidet|omskrevet|oversat|oversatt|redigeret|redigert|rettet))",
        "piece": r"artik(?:kel|kelen)|blogg\w*|innlegg\w*|tekst\w*|utkast\w*|versjon\w*|essay|markdown|html",
        "given": "vær så god|værsågod|som ønsket",
        "offer": "vil du at jeg|ønsker du at jeg|skal jeg (?:\\w+ ){0,3}?(?:legge til|endre|forkorte|justere|oversette|skrive om|utvide)|la meg (?:få )?vite|si fra,? (?:hvis|om)|gi (?:meg )?beskjed|hvis du vil,? kan jeg|jeg kan også|håper,? (?:at )?(?:artikkelen|teksten|denne)",
        "maybe": "vil du|skal jeg|la meg|si fra|jeg kan|hva synes du",
        "change": "tone|lengde|kort|leng|endre|juster|skriv|legg|avsnitt|overskrift|versjon|artik|seo|overset|stil",
    },
    "fi": {
        "agree": "totta kai|tietysti|toki|mielelläni|selvä|ilman muuta|hyvä|kiitos|varmasti",
        "present": "tässä (?:on)?|alla|ohessa|tämä on|kirjoitin|laadin",
        "piece": r"artikkeli\w*|blogi\w*|teksti\w*|luonno\w+|versio\w*|kirjoitu\w+|julkaisu\w*|markdown|html|essee",
        "given": "ole hyvä|olkaa hyvä|kuten pyysit",
        "offer": "haluatko,? että|haluaisitko,? että|haluatteko,? että|kerro,? jos (?:haluat|toivot)|ilmoita,? jos|voin (?:myös|halutessasi|tarvittaessa)|jos haluat,? voin|(?:lisäänkö|muokkaanko|lyhennänkö|muutanko)|toivottavasti (?:artikkeli|teksti|tämä artikkeli)",
        "maybe": "haluatko|kerro|voin|mitä mieltä",
        "change": "sävy|pituu|lyhy|lyhen|muok|muut|lisä|osio|otsik|versio|artik|seo|kään|tyyli",
    },
    "el": {
        "agree": "φυσικά|βεβαίως|βέβαια|ασφαλώς|με χαρά|τέλεια|εντάξει|ευχαριστώ|ευχαρίστως",
        "present": "ορίστε|εδώ είναι|παρακάτω|ακολουθεί|αυτό είναι|έγραψα|ετοίμασα",
        "piece": r"άρθρο\w*|κείμεν\w+|προσχέδιο|έκδοση|ανάρτηση|δημοσίευση|δοκίμιο|markdown|html",
        "given": "ορίστε|όπως ζητήσατε|όπως ζήτησες",
        "offer": "(?:θα θέλατε|θέλετε|θα ήθελες|θέλεις) να (?:προσθέσω|αλλάξω|προσαρμόσω|συντομεύσω|επεκτείνω|μεταφράσω|το|γράψω)|(?:πείτε|πες) μου (?:αν|εάν)|ενημερώστε με|αν θέλετε,? μπορώ|αν θέλεις,? μπορώ|μπορώ επίσης|ελπίζω (?:το άρθρο|αυτό το άρθρο|το κείμενο)",
        "maybe": "θέλετε|θέλεις|πείτε μου|πες μου|μπορώ|τι λέτε",
        "change": "τόν|ύφος|μήκος|σύντομ|προσαρμ|αλλά|προσθ|ενότητα|τίτλ|έκδοση|άρθρο|seo|μεταφρ",
    },
    "ar": {
        "agree": "بالتأكيد|بالطبع|طبعا|طبعًا|حسنا|حسنًا|بكل سرور|تمام|شكرا|شكرًا|أكيد",
        "present": "إليك|إليكم|فيما يلي|هذا|هذه|تفضل|لقد كتبت|كتبت لك",
        "piece": r"(?:ال)?مقال\w*|(?:ال)?تدوينة|(?:ال)?نص|(?:ال)?مسودة|(?:ال)?نسخة|منشور|مقالتك|مقالك",
        "given": "تفضل|كما طلبت",
        "offer": "هل (?:تريد|ترغب|تود)(?:ين)?(?: في)? أن (?:أضيف|أعدل|أغير|أختصر|أترجم|أكتب|أقوم|أجعل)|أخبرني إذا|أخبرني إن|أعلمني إذا|يمكنني (?:أيضا|أيضًا|تعديل|إضافة|اختصار)|إذا (?:أردت|رغبت)،? يمكنني|آمل أن (?:يكون المقال|تكون المقالة|ينال)",
        "maybe": "هل تريد|هل ترغب|أخبرني|يمكنني|ما رأيك",
        "change": "نبرة|أسلوب|طول|تعديل|أعدل|إضافة|أضيف|قسم|عنوان|نسخة|مقال|ترجم|اختص|تغيير",
    },
    "fa": {
        "agree": "البته|حتما|حتماً|بله|با کمال میل|چشم|باشه|عالی|ممنون",
        "present": "این(?: هم)?|در ادامه|در زیر|بفرمایید|اینجا|برایتان",
        "piece": r"مقاله\w*|متن\w*|پست\w*|پیش‌نویس|نسخه\w*|مطلب\w*|یادداشت\w*",
        "given": "بفرمایید|همان‌طور که خواستید",
        "offer": "(?:می‌خواهید|میخواهید|مایلید|می‌خواهی|دوست دارید)،? (?:که )?.{0,30}(?:اضافه|تغییر|ویرایش|کوتاه|ترجمه|بازنویسی|کنم|دهم)|به من (?:بگویید|اطلاع دهید|بگو)|اگر (?:بخواهید|مایل باشید)،? می‌توانم|امیدوارم (?:این مقاله|این متن)",
        "maybe": "می‌خواهید|مایلید|بگویید|می‌توانم|نظرتان",
        "change": "لحن|طول|کوتاه|تغییر|ویرایش|اضافه|بخش|عنوان|نسخه|مقاله|ترجمه|سبک",
    },
    "he": {
        "agree": "בטח|כמובן|בהחלט|בשמחה|ברור|בסדר|מצוין|תודה",
        "present": "הנה|להלן|זה|זהו|כתבתי|הכנתי|לפניך",
        "piece": r"ה?מאמר\w*|ה?כתבה|ה?פוסט\w*|ה?טקסט|ה?טיוטה|ה?גרסה|ה?רשומה",
        "given": "בבקשה|כפי שביקשת",
        "offer": "(?:האם )?(?:תרצה|תרצי|תרצו|אתה רוצה|את רוצה) ש(?:אוסיף|אשנה|אקצר|ארחיב|אתרגם|אני|אתאים|אכתוב)|(?:ספר|ספרי|תגיד|תגידי|עדכן) לי אם|אם תרצה,? אוכל|אני יכול(?:ה)? גם|אשמח (?:לשנות|להתאים|להוסיף|לקצר)|אני מקווה שה(?:מאמר|טקסט|פוסט)",
        "maybe": "תרצה|תרצי|ספר לי|תגיד לי|אוכל|אשמח|מה דעתך",
        "change": "טון|אורך|קצר|שינוי|לשנות|להוסיף|ש?(?:אוסיף|אשנה|אקצר|ארחיב|אתרגם)|כותרת|גרסה|מאמר|תרג|סגנון|פרק",
    },
    "hi": {
        "agree": "ज़रूर|जरूर|बिल्कुल|बिलकुल|निश्चित रूप से|अवश्य|हाँ|ठीक है|धन्यवाद|बेशक",
        "present": "यहाँ|यहां|यह रहा|यह है|ये रहा|नीचे|निम्नलिखित|पेश है|प्रस्तुत है|मैंने",
        "piece": "लेख|आर्टिकल|ब्लॉग|पोस्ट|मसौदा|संस्करण|निबंध|ड्राफ्ट|ड्राफ़्ट",
        "given": "यह लीजिए|लीजिए|आपके अनुरोध के अनुसार",
        "offer": "क्या आप चाहते हैं कि मैं|क्या आप चाहेंगे कि मैं|क्या मैं .{0,40}(?:जोड़|बदल|छोटा|अनुवाद|संपादित)|मुझे बताएं|मुझे बताएँ|मुझे बताइए|मैं .{0,40}(?:भी )?(?:कर|जोड़|बदल) सकता हूँ|अगर आप चाहें तो मैं|आशा है (?:कि )?यह लेख",
        "maybe": "क्या आप|बताएं|बताएँ|बताइए|सकता हूँ|सकती हूँ",
        "change": "टोन|लहज|लंबाई|छोटा|बदल|जोड़|संपाद|शीर्षक|संस्करण|लेख|अनुवाद|शैली|अनुभाग",
    },
    "id": {
        "agree": "tentu(?: saja)?|baik(?:lah)?|siap|dengan senang hati|pasti|oke|ok|terima kasih",
        "present": "berikut(?: ini)?(?: adalah)?|di bawah ini|inilah|ini(?: dia)?|saya telah",
        "piece": "artikel\\w*|tulisan|teks|draf|draft|versi|postingan|blog|esai|konten|naskah",
        "given": "silakan|sesuai permintaan",
        "offer": "(?:apakah )?(?:anda|kamu) (?:ingin|mau) (?:agar )?saya|(?:beri tahu|beritahu|kabari) saya (?:jika|kalau|apakah)|jika (?:anda|kamu) (?:mau|ingin),? saya (?:bisa|dapat)|saya (?:juga )?(?:bisa|dapat) (?:juga )?(?:menambah|mengubah|menyesuaikan|mempersingkat|menerjemah)|semoga artikel ini sesuai",
        "maybe": "apakah (?:anda|kamu)|beri tahu|saya bisa|saya dapat|bagaimana menurut",
        "change": "menambah|mengubah|menyesuaikan|mempersingkat|menerjemah|nada|panjang|pendek|singkat|ubah|sesuai|tambah|bagian|judul|versi|artikel|seo|terjemah|gaya|revisi",
    },
    "vi": {
        "agree": "chắc chắn(?: rồi)?|tất nhiên|dĩ nhiên|được chứ|vâng|dạ|rất sẵn lòng|tuyệt|cảm ơn|ok",
        "present": "đây là|dưới đây|sau đây|mình đã|tôi đã",
        "piece": "bài (?:viết|báo|blog|đăng)|bản (?:nháp|thảo)|phiên bản|đoạn văn|nội dung|bài",
        "given": "của bạn đây|theo yêu cầu",
        "offer": "bạn có muốn (?:tôi|mình|em)|bạn muốn (?:tôi|mình) |hãy cho (?:tôi|mình) biết|cho (?:tôi|mình) biết nếu|nếu bạn muốn,? (?:tôi|mình) có thể|(?:tôi|mình) (?:cũng )?có thể (?:thêm|sửa|rút|chỉnh|điều chỉnh|viết|dịch)|hy vọng bài viết (?:này )?(?:đáp ứng|phù hợp)",
        "maybe": "bạn có muốn|cho tôi biết|có thể|bạn nghĩ sao",
        "change": "giọng|độ dài|ngắn|sửa|chỉnh|thêm|phần|tiêu đề|phiên bản|bài viết|seo|dịch|phong cách",
    },
    "th": {
        "agree": "ได้เลย(?:ครับ|ค่ะ)?|แน่นอน(?:ครับ|ค่ะ)?|ยินดี(?:ครับ|ค่ะ)?|ได้(?:ครับ|ค่ะ)|ครับ|ค่ะ|ขอบคุณ(?:ครับ|ค่ะ)?",
        "present": "นี่คือ|ด้านล่างนี้|ต่อไปนี้|นี่เป็น",
        "piece": "บทความ|โพสต์|ข้อความ|ฉบับร่าง|ร่าง|เวอร์ชัน|เนื้อหา|บล็อก",
        "given": "ตามที่ขอ|นี่ครับ|นี่ค่ะ",
        "offer": "(?:คุณ)?(?:ต้องการ|อยาก)(?:ให้)(?:ฉัน|ผม|ดิฉัน|เรา)?|(?:แจ้ง|บอก)(?:ฉัน|ผม|ดิฉัน)?(?:ได้|มา)|หากต้องการ.{0,40}(?:ปรับ|แก้|เพิ่ม)|(?:ฉัน|ผม)สามารถ",
        "maybe": "ต้องการ|บอกได้|แจ้งได้|สามารถ",
        "change": "โทน|ความยาว|สั้น|ปรับ|แก้|เพิ่ม|หัวข้อ|เวอร์ชัน|บทความ|แปล|สไตล์",
    },
    "ja": {
        "agree": "もちろん(?:です)?|承知(?:いた)?しました|かしこまりました|わかりました|はい|了解(?:です|しました)?|喜んで|ありがとうございます",
        "present": "以下(?:は|が|に|の)?|こちら(?:は|が|に)?|これは|下記(?:は|が|に)?|次の",
        "piece": "記事|ブログ|原稿|文章|下書き|草案|草稿|バージョン|テキスト|投稿|コラム",
        "given": "どうぞ|お待たせしました|ご依頼の(?:記事|原稿|文章)(?:です)?|(?:記事|原稿|文章)は(?:こちら|以下)(?:です|になります|の通りです)?|(?:記事|原稿|文章)を(?:ご用意|用意|作成|執筆|お書き|書き)(?:いた)?し?ました",
        "offer": "(?:追加|修正|変更|調整|短く|長く|翻訳|加筆|改善|作成|編集).{0,12}(?:しましょうか|いたしましょうか|しますか|ご希望|いたします)|お(?:知らせ|申し付け|聞かせ)ください|教えてください|お気軽に(?:お申し付け|お知らせ|ご連絡|お声がけ)|(?:必要|ご要望|ご希望)(?:が|で)(?:あれば|したら|ございましたら)|いかがでしょうか",
        "maybe": "しましょうか|ますか|ください|可能です|できます",
        "change": "トーン|長さ|短く|長く|修正|変更|調整|追加|見出し|タイトル|バージョン|記事|翻訳|文体|加筆",
    },
    "zh": {
        "agree": "当然(?:可以)?|當然(?:可以)?|好的?|没问题|沒問題|可以|明白了?|收到|很高兴|谢谢|謝謝",
        "present": "以下(?:是|为|為)?|下面(?:是)?|这(?:是|里是)|這(?:是|裡是)|我(?:已经?|為您|为您|为你)|为您|為您",
        "piece": "文章|博文|博客|部落格|草稿|初稿|版本|稿件|稿子|文案|帖子|全文|正文",
        "given": "请看|請看|请查收|請查收|如您所愿|按照您的要求",
        "offer": "(?:需要|要不要|是否需要|您希望|你希望|希望|想让|想要)我(?:再|帮|幫|为|為|来|來|对|對|把|将|將|继续|繼續|添加|修改|调整|調整)|(?:请|請)?(?:告诉我|告訴我|随时告诉|随时告知|隨時告訴)|如(?:果)?(?:有|您|你|需要).{0,20}(?:修改|调整|調整|补充|補充|添加|告诉|告訴)|我(?:还|還|也)?可以(?:再|帮|幫|为|為|继续|繼續|进一步|把)|希望这篇文章|希望這篇文章(?:符合|满足)",
        "maybe": "需要|要不要|是否|希望|告诉|告訴|可以",
        "change": "语气|語氣|长度|長度|缩短|縮短|修改|调整|調整|添加|补充|補充|标题|標題|版本|文章|翻译|翻譯|风格|風格|润色|潤飾",
    },
    "ko": {
        "agree": "물론(?:입니다|이죠|이에요)?|네|알겠습니다|좋습니다|좋아요|그럼요|기꺼이|감사합니다",
        "present": "에 (?:관한|대한)|다음은|아래는|여기(?:에)?|아래에|이것은|요청하신",
        "piece": r"글\w*|기사\w*|블로그\w*|초안\w*|버전\w*|원고\w*|포스트\w*|포스팅\w*|문서\w*|콘텐츠\w*|에세이\w*",
        "given": "여기 있습니다|요청하신 대로",
        "offer": "(?:추가|수정|변경|조정|번역|보완|편집|바꿔|바꾸어).{0,8}(?:해 ?드릴까요|할까요|드릴까요|원하시면|원하시나요)|말씀해 ?주세요|알려 ?주세요|알려 ?주시면|원하시면 .{0,30}(?:드릴|수 있)|도움이 되셨|필요하시면",
        "maybe": "할까요|드릴까요|원하|주세요|수 있습니다",
        "change": "톤|어조|길이|짧게|길게|수정|변경|조정|추가|제목|버전|글|번역|스타일|섹션",
    },
}

HOPES = (
    r"(?:i )?hope (?:this|that|it) helps|(?:i )?hope (?:you|you'll) (?:like|enjoy) (?:it|this)|ich hoffe,? (?:das|dies|es) (?:hilft|gefällt)"
    r"|j'espère que (?:cela|ça) (?:vous |te |t')?(?:aide|convient|plaît)|espero que (?:te|le|esto) (?:ayude|guste|sirva)|spero (?:che )?(?:ti )?sia utile"
    r"|espero que (?:isso )?(?:ajude|goste)|ik hoop dat (?:dit|het) helpt|mam nadzieję, że (?:to )?pomoże|надеюсь, это поможет"
)

LABELS: dict[LabelKind, str] = {
    "title": """
title|headline|article title|blog title|blog post title|post title|main title|working title|page title|h1|titel|überschrift|schlagzeile
|artikeltitel|haupttitel|titel des artikels|titre|titre de l'article|título|título del artículo|título do artigo|titular|titolo
|titolo dell'articolo|kop|koptekst|tytuł|nagłówek|заголовок|название|назва|název|nadpis|titulek|başlık|rubrik|overskrift|tittel|otsikko
|τίτλος|العنوان|عنوان|عنوان المقال|عنوان مقاله|כותרת|शीर्षक|judul|tiêu đề|ชื่อเรื่อง|หัวข้อ|ชื่อบทความ|タイトル|題名|見出し|記事タイトル|标题|標題
|文章标题|文章標題|题目|題目|제목|글 제목
""",
    "seo_title": "seo title|meta title|title tag|seo-titel|meta-titel|seo titel|meta titel|titre seo|título seo|titolo seo|seo标题|seoタイトル",
    "subtitle": """
subtitle|subheadline|sub-headline|subheading|tagline|deck|untertitel|unterüberschrift|unterzeile|sous-titre|chapô|subtítulo|sottotitolo
|ondertitel|podtytuł|подзаголовок|підзаголовок|podtitul|alt başlık|underrubrik|underoverskrift|undertittel|alaotsikko|υπότιτλος
|العنوان الفرعي|زیرعنوان|उपशीर्षक|subjudul|phụ đề|サブタイトル|副題|副标题|副標題|부제|부제목
""",
    "description": """
meta description|meta-description|seo description|metadescription|excerpt|meta-beschreibung|metabeschreibung|meta beschreibung|auszug
|seo-beschreibung|méta description|méta-description|description méta|extrait|meta descripción|metadescripción|descripción meta|extracto
|meta descrizione|descrizione meta|meta descrição|metadescrição|descrição meta|meta-omschrijving|metabeschrijving|meta beschrijving
|opis meta|meta opis|мета-описание|метаописание|описание meta|мета-опис|метаопис|meta popis|meta açıklama|metabeskrivning|metabeskrivelse
|metakuvaus|μετα-περιγραφή|meta περιγραφή|وصف ميتا|الوصف التعريفي|توضیحات متا|תיאור מטא|मेटा विवरण|deskripsi meta|meta deskripsi
|mô tả meta|thẻ mô tả|คำอธิบายเมตา|メタディスクリプション|メタ説明|抜粋|元描述|meta描述|摘要描述|메타 설명|메타 디스크립션
""",
    "slug": "slug|url slug|url-slug|permalink|suggested slug|url|slug url|слаг|スラッグ|スラグ|网址别名|슬러그",
    "tags": """
tags|tag|suggested tags|keywords|seo keywords|focus keyword|focus keywords|focus keyphrase|keyword|hashtags|schlagwörter|schlagworte
|stichwörter|stichworte|fokus-keyword|mots-clés|mots clés|étiquettes|etiquetas|palabras clave|etichette|parole chiave|palavras-chave
|trefwoorden|zoekwoorden|tagi|słowa kluczowe|теги|метки|ключевые слова|ключові слова|мітки|štítky|klíčová slova|etiketler|anahtar kelimeler
|taggar|nyckelord|nøgleord|nøkkelord|avainsanat|tunnisteet|ετικέτες|λέξεις-κλειδιά|الوسوم|الكلمات المفتاحية|برچسب‌ها|کلمات کلیدی|תגיות
|מילות מפתח|टैग|कीवर्ड|kata kunci|thẻ|từ khóa|แท็ก|คำสำคัญ|タグ|キーワード|标签|標籤|关键词|關鍵詞|태그|키워드
""",
    "other": """
author|date|category|categories|word count|reading time|target audience|audience|tone|language|description|summary|topic|autor|autorin
|datum|kategorie|kategorien|wortzahl|wortanzahl|lesezeit|zielgruppe|sprache|beschreibung|auteur|date|catégorie|nombre de mots|fecha
|categoría|data|categoria|автор|дата|категория|作者|日期|分类|分類|著者|日付|カテゴリ|カテゴリー|작성자|날짜|카테고리|content|body|article
|inhalt|text|artikel|contenu|contenido|contenuto|conteúdo|正文|本文|содержание|текст
""",
}

WORD_COUNT = (
    r"(?:approx(?:imate)?\.? |total |final )?word count|words|wortzahl|wortanzahl|wörter|anzahl der wörter"
    r"|nombre de mots|recuento de palabras|número de palabras|numero di parole|contagem de palavras"
    r"|número de palavras|aantal woorden|woordenaantal|liczba słów|количество слов|кількість слів|počet slov"
    r"|kelime sayısı|antal ord|ordantal|antall ord|sanamäärä|αριθμός λέξεων|عدد الكلمات|تعداد کلمات|מספר מילים"
    r"|शब्द संख्या|jumlah kata|số từ|จำนวนคำ|文字数|字数|字數|글자 수|단어 수|character count|zeichenanzahl"
)

METADATA_HEADINGS = frozenset(
    """
seo|metadata|meta data|seo metadata|seo data|seo details|seo information|seo info|meta information|metadaten|seo-daten|seo-angaben
|seo-metadaten|meta-daten|métadonnées|metadatos|datos seo|metadati|metadados|metagegevens|метаданные|метадані|метадата|メタデータ|メタ情報
|元数据|元數據|seo信息|메타데이터|بيانات وصفية
""".replace("\n", "").split("|")
)

INTRODUCTION_HEADINGS = frozenset(
    """
introduction|intro|overview|summary|preface|background|tl;dr|einleitung|einführung|überblick|vorwort|zusammenfassung|aperçu|avant-propos
|introducción|resumen|prólogo|introduzione|panoramica|premessa|introdução|visão geral|inleiding|overzicht|wstęp|wprowadzenie|введение
|вступление|вступ|úvod|giriş|inledning|indledning|innledning|johdanto|εισαγωγή|مقدمة|مقدمه|הקדמה|מבוא|परिचय|प्रस्तावना|pendahuluan
|giới thiệu|บทนำ|はじめに|序章|概要|导入|引言|前言|简介|概述|引言|前言|簡介|서론|들어가며|개요
""".replace("\n", "")
    .casefold()
    .split("|")
)

CONTENTS_HEADINGS = frozenset(
    """
table of contents|contents|toc|on this page|in this article|inhalt|inhaltsverzeichnis|inhaltsübersicht|table des matières|sommaire
|índice|contenido|tabla de contenidos|tabla de contenido|sumário|conteúdo|indice|sommario|indice dei contenuti|inhoud|inhoudsopgave
|spis treści|содержание|оглавление|зміст|obsah|içindekiler|innehåll|innehållsförteckning|indhold|indholdsfortegnelse|innhold
|innholdsfortegnelse|sisällys|sisällysluettelo|περιεχόμενα|πίνακας περιεχομένων|المحتويات|جدول المحتويات|فهرس|فهرست|فهرست مطالب
|תוכן עניינים|תוכן העניינים|विषय सूची|विषय-सूची|अनुक्रमणिका|daftar isi|mục lục|สารบัญ|目次|もくじ|目录|目錄|목차|차례
""".replace("\n", "")
    .casefold()
    .split("|")
)
