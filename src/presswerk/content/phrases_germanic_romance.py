"""Words that assistants write around articles in Germanic and Romance languages."""

from presswerk.content.phrases import Phrases

GERMANIC_ROMANCE: dict[str, Phrases] = {
    "en": {
        "agree": "certainly|sure(?: thing)?|of course|absolutely|definitely|gladly|got it|understood|happy to(?: help)?|no problem|my pleasure"
        "|alright|sorry(?: about that)?|(?:my )?apologies|you're (?:absolutely )?right|good (?:point|catch)|yes|no worries",
        "thanks": r"thank(?:s| you) for (?:the|your|that|sharing the|sharing your|providing the) (?:\w+ )?(?:details?|clarification|context|feedback|info(?:rmation)?|notes|brief|correction|input|background|outline)"
        "|great (?:question|idea|topic|choice)|great|perfect|okay|ok|thanks|thank you",
        "present": "here(?:'s| is| are)|below (?:is|you'll find|you will find)|following is|find below"
        r"|i(?:'ve| have) (?:\w+ )?(?:written|drafted|created|prepared|put together|crafted|revised|rewritten|updated|expanded|polished)"
        r"|i'll write|let me write|updated version|i took|this is (?:the|your)(?=[^.!?…]*:$)",
        "piece": r"(?:blog )?(?:article|post)|blog|draft|version|piece|essay|write-up|copy|markdown|html|\d+[- ]word \w+|text|newsletter"
        "|press release|content|rewrite|(?:fresh |new )?take on",
        "given": r"here you (?:go|are)|here it is|here we go|there you go|(?:[\w-]+ )?(?:draft|version|article|post|text|rewrite) (?:is )?below"
        "|here(?:'s| is) the result|as (?:you )?(?:requested|asked)",
        "about": r"about|on|around|of (?:around|about|roughly|approximately|\d)|covering|exploring|discussing|titled"
        "|in (?:markdown|html|english|german|a|an|the|your|plain)|as (?:a|an|markdown|html)"
        "|with (?:a|an|the|your|some|all|headings|keywords)|for (?:your|the|a|an)|that (?:is|covers|explores|explains|you)|based on"
        "|tailored to|ready|written (?:for|in|as)|,? (?:about|around|roughly|approximately|optimi[sz]ed|written|formatted|ready)",
        "you": "you(?:r|rs|'d|'re|'ve)?|as (?:requested|asked)",
        "wish": "would you like me to|do you want me to|want me to|would you like it if i"
        r"|would you like (?:the|this) (?:article|post|text|draft|piece)|(?:does|is) (?:this|that|it)\b.{0,40}\byou (?:had in mind|wanted?|need|were (?:looking for|after))",
        "offer": "let me know|i can|i could|i(?:'d| would) be (?:happy|glad) to|i'm happy to|happy to|glad to|shall i|should i|feel free to"
        "|just (?:say|tell me)|tell me (?:if|what|which|how)|if you(?:'d| would)? (?:like|want|prefer|wish|need)"
        r"|if you (?:share|send|give|tell|provide|let)|would you (?:like|prefer)(?! to\b)|do you (?:want|prefer|need)(?! to\b)"
        r"|(?:need|want) (?:any|an?|it)\b|(?:any|which) (?:changes|edits|adjustments|revisions|part|section|one|title|version)"
        "|please (?:let me know|tell me)|can i (?:help|assist)|is there anything|how does (?:this|that|it) (?:sound|look)"
        "|as (?:you )?(?:asked|requested)|i (?:couldn't|could not|was unable to|wasn't able to|didn't|made up)|what do you think"
        r"|(?:does|is) (?:this|that|it)\b.{0,40}\byou (?:had in mind|wanted?|need|were)|here are (?:a few|some) ways|next,? i"
        "|ways i can (?:help|improve)"
        "|if (?:this|that|it)(?:'s| is)?(?:n't| not)|any (?:particular )?(?:angle|aspect)|you(?:'d| would) like me to|let me know your thoughts",
        "change": r"adjust|rewrite|rewrit|rewrote|revis|edit|expand|shorten|shorter|longer|translat|tweak|add\b|add(?:ed|ing)|chang|tighten|trim"
        "|simplif|polish|continu|summar|optimi[sz]|tailor|adapt|refin|rework|rephras|reword|restructur|elaborat|turn|draft|write"
        "|writ(?:ing|ten)|suggest|propos|propose|make|cut|keep|kept|includ|creat|generat|prepar|finali[sz]e|formal|casual|playful"
        r"|conversational|friendl|concise|detailed|different|alternative|specific|second|first|publish|depth|humou?r|\bgo ahead|replac"
        "|verif|check|took|taking|us(?:e|ing)"
        r"|updat|draft (?:an?|the|it|up|some|three|two|five|one)\b"
        r"|emphasi[sz]|locali[sz]|past(?:e|ing)\b|copy|convert|transform|merge|split|reorder|rearrang|deepen|highlight|condens|proofread|soften|strengthen|sharpen|clarif"
        r"|made\b|remov|correct|fix"
        "|punch|stronger|simpler|clearer|crisper|snappier|catch(?:y|ier)|warmer|drier|lighter|tighter|serious|informal|technical|persuasive|alternative",
        "part": "tone|section|paragraph|headline|heading|intro(?:duction)?|conclusion|ending|opening|wording|sentence|meta|keyword|seo|draft"
        "|write-up|call to action|cta|snippet|social (?:media )?post|before (?:publishing|you publish)"
        "|sub-?headings?|sub-?headlines?|headings?|introductory|closing paragraph|takeaways?|bullet points?",
        "plain": r"version|title|style|length|format|audience|part|example|source|quote|focus|voice|edits?\b|changes?\b"
        r"|revisions?|adjustments?|tweaks?|options?|ideas?|variations?|it\b|this\b|that\b|one\b|works?|working|further|helps?|meets?"
        r"|needs?|fits?|anything|something|else|prefer\w*|want|like|glad|happy|help|just|please|also|well|extra|few|three|two|five"
        r"|several|more|less|bit|little|direction|asked|requested|back|now|next|so\b|know|tell|say|think|feel|free|let|goals?|mind"
        "|looking|wanted|real|platform|brands?|match|matches|topic|details?|points?|words?|steps?|note|kind|way|ways|take|specific|certain|particular|areas?"
        "|slightly|touch|short|ask|go|call|description|jargon|read|sounds?|looks?|own|reader|readers|another|full|new|sure|right"
        "|code|final|complete|finished|whole|entire|fresh|latest"
        r"|needed|quite|isn't|doesn't|directly|instead|thoughts?|additional|angle|stronger|additions?|matching|possible|wherever|whatever|anywhere|somewhere|here|there|ready|uk|us\b|american|british"
        "|serious|informal|persuasive|technical|personal|professional|lively|neutral|engaging|academic|journalistic|descriptive|humorous|upbeat|warm(?:er)?|simpler|stronger|clearer|punchier|tighter|light(?:er)?|call|action|content|bullet|caption|thread"
        r"|away|gives?|accordingly|feels?|see|seems?|language|proceed|count|tags?|close|useful|hook|based|requests?|mistake|correct\w*|without|remove\w*|original|previous|current|better|best|good|great|perfect|enough|long|exactly|already|still|again|maybe|perhaps|come|comes|used?|useful|here's|don't|won't",
    },
    "de": {
        "agree": "natürlich|klar|gerne?|selbstverständlich|sicher|na klar|aber gerne?|sehr gerne?|alles klar|verstanden|kein problem"
        "|mit vergnügen|du hast recht|sie haben recht|entschuldigung|ja",
        "thanks": "super|perfekt|danke|vielen dank|okay|ok",
        "present": "hier (?:ist|sind|kommt|hast du|haben sie|findest du|finden sie|der|die|das|ein|eine|dein|deine|ihr|ihre)|anbei|nachfolgend"
        "|im folgenden"
        r"|ich habe(?=.{0,200}\b(?:geschrieben|verfasst|erstellt|entworfen|überarbeitet|gekürzt|erweitert|angepasst|umgeschrieben|aktualisiert|formuliert|ergänzt|vorbereitet|zusammengestellt|umgestellt|korrigiert|übersetzt|optimiert|geändert|gestrichen|eingearbeitet|gemacht|umgesetzt))"
        "|unten (?:findest du|finden sie|steht)|es folgt",
        "piece": "(?:blog)?(?:artikel|beitrag|post|text)s?|blogpost|entwurf|fassung|version|aufsatz|essay|markdown|html|pressemitteilung"
        r"|überarbeitung|\w+(?:artikel|beitrag|text|entwurf)",
        "given": "hier (?:ist )?das ergebnis|bitte ?(?:schön|sehr)|hier ist (?:er|sie|es)|wie gewünscht|hier, bitte|los geht's",
        "about": "über|zu[mr]? (?:thema|themen)|zum thema|zu|für|in|im|als|mit|nach (?:deinen|ihren|euren)|basierend"
        "|,? ?(?:ca|etwa|rund|circa|locker|optimiert)",
        "you": r"du|dich|dein\w*|dir|ihnen|ihre?[nmrs]?|sie|euch|eure\w*|gewünscht\w*|gebeten",
        "wish": "(?:möchtest du|möchten sie|willst du|wollen sie|wünschst du|wünschen sie)(?: dir)?,? (?:noch |gern )?dass ich"
        r"|soll ich (?:dir|ihnen|euch)\b",
        "offer": "soll(?:en|te)? ich|sag(?:en sie)? (?:mir|(?:einfach |gerne? |kurz )*bescheid)"
        "|g(?:ib|eben sie) (?:mir )?(?:einfach |gerne? |kurz )*(?:bescheid|rückmeldung)"
        "|lass(?:en sie)? (?:es )?mich (?:gerne? )?wissen|(?:wenn|falls) (?:du|sie|etwas|noch|gewünscht)|ich kann|kann ich|könnte ich"
        r"|gerne? (?:\w+ )?(?:ich|auch)\b|ich \w+ (?:\w+ ){0,5}gerne?\b|passe ich|passt (?:das|der|die|dieser|es|alles)|möchtest du"
        "|möchten sie|willst du|wollen sie|wünsch(?:st|en) (?:du|sie)|änderungswünsche|noch (?:etwas|wünsche)|was meinst du"
        r"|wie gefällt|ist das so|wie gewünscht|ich habe (?:\w+ ){0,4}nicht (?:geprüft|überprüft|verifiziert)|als nächstes"
        "|hast du (?:noch )?|(?:wenn|falls) dir|ist (?:der|das) (?:text|so)"
        "|brauch(?:st du|en sie)|soll (?:der|die|das|es)|wirkt (?:der|die|das)|klingt (?:der|die|das)"
        "|gefällt (?:dir|ihnen)|(?:auf wunsch|gewünscht)",
        "change": "anpass|anzupassen|umschreib|umformulier|formulier|überarbeit|kürz|gekürzt|erweiter|übersetz|ergänz|änder|hinzufüg"
        "|zusammenfass|straff|vorschlag|vorschlägt|schreib|erstell|verfass|entwerf|umwandel|umbau|weiterschreib|vereinfach|locker"
        r"|formell|sachlich|förmlich|lebendig|optimier|passe\b|mach|gekürzt|nächst|weitere|andere|kontrollier|geprüft|prüf|kürzer"
        "|länger|angepass|überarbeite|ergänz|geänder|gekürz|gestrich|eingearbeit|umgestell|umgesetz|korrigier"
        "|ausbau|umsetz|aufteil|hervorheb|vertief|zuspitz|konvertier|abänder|korrektur|einbau|einfüg|weglass|lösch|entfern"
        "|lockerer|informeller|technischer|emotionaler",
        "part": r"\w*(?:ton\b|tonfall|tonalität|abschnitt\w*|absatz|absätze|überschrift\w*|einleitung\w*|fazit|schluss\w*|entwurf|entwürfe|beschreibung\w*|zusammenfassung\w*|kurzfassung|formulierung\w*|schlagzeile\w*|keywords?|seo|newsletter\w*|vor (?:der|dem) veröffentlich\w+)",
        "plain": r"\w*(?:version\w*|fassung\w*|variante\w*|titel\w*|stil\b|länge|zielgruppe|beispiele?|quellen?|teil|thema|änderung\w*|anpassung\w*|vorschl[aä]g\w*|daraus|dazu|etwas|es\b|ihn\b)"
        r"|gerne?|noch|bitte|einfach|bescheid|eher|etwas|weitere\w*|ganz|so\b|hinweis|dir\b|passt|falls|wissen|magst|möchte\w*|willst"
        r"|wünsch\w*|gefällt|hilft|wörter|zeichen|kleine\w*|drei|zwei|fünf|zahlen|angaben|richtung|stellen?\b|punkte?|zusätzlich\w*"
        r"|alternative\w*|kurze?\w*|lange?\w*|anders|bestimmte\w*|gewünscht\w*|machen|verwenden|plattform"
        r"|soll|sollen|sollte|lassen|hinweisen?|schauen|lesen|mehr|weniger|neue?\w*|kürzer|länger|deine\w*|ihre\w*|frage\w*"
        r"|code|fertige?\w*|endgültige?\w*|final\w*|vollständige?\w*|komplette?\w*"
        r"|bedarf|einzelne\w*|hast|sag\b|sagen|stärker\w*|emotionaler|sachlicher|lockerer|persönlicher|technischer|bestimmten?|konkrete\w*|jederzeit|natürlich|direkt|kopieren|einfügen|ordnung|beim|falls|geht|finde\w*|soziale\w*|medien|beispiel\w*|leser\w*"
        r"|nennst|nennen|brauchst|brauchen|media|werden|wirkt|klingt|nicht|haben|hätte\w*|richtig|nochmal|besser|gut|gute\w*|bisher\w*|nächste\w*|zuerst|danach|übrigens|schon|jetzt|gleich|hier|gefallen"
        "|beiden|beide|besser|gefällt",
    },
    "nl": {
        "agree": "graag gedaan|natuurlijk|zeker|uiteraard|graag|begrepen|met plezier|geen probleem",
        "thanks": "prima|oké|ok|bedankt|goed",
        "present": "hier (?:is|zijn|heb je|vind je|komt|volgt|staat)|hieronder"
        r"|ik heb(?=.{0,200}\b(?:geschreven|gemaakt|opgesteld|herschreven|ingekort|aangepast|uitgebreid|bijgewerkt|vertaald|verbeterd|gecorrigeerd))",
        "piece": "artikel(?:en)?|blog(?:post|artikel|bericht)?|tekst|concept|versie|stuk|essay|markdown|html|persbericht",
        "given": "alsjeblieft|alstublieft|zoals gevraagd|daar gaan we",
        "about": r"over|voor|in|als|met|van (?:ongeveer|\d)|rond|gebaseerd|klaar|op basis",
        "you": r"je|jij|jouw|jullie|u|uw|gevraagd\w*",
        "wish": "(?:wil je|wilt u|zou je willen|wil jij) dat ik",
        "offer": r"wil je|wilt u|wil jij|zou je willen|zal ik|laat (?:het )?me(?: het)? (?:\w+ )?weten|als je (?:wilt|dat wilt|liever)"
        "|desgewenst|ik kan|kan ik|ik pas|wat vind je|moet ik|zoals gevraagd|geef (?:het )?(?:maar )?aan"
        "|laat (?:het )?(?:me |maar )*weten",
        "change": "korter|langer|aanpas|aan te passen|herschrij|toevoeg|toe te voegen|vertal|wijzig|inkort|in te korten|uitbreid|samenvat|schrij"
        "|maak|maken|voorstel|herformuleer|vereenvoudig|optimaliseer|formel|losser|ander|bijgewerkt|herzien|aangepas|ingekort|verbeter"
        "|omzet|omzetten|benadruk|verdiep|opsplits|aanscherp|kort|aanscherp|informel|zakelijk",
        "part": r"toon|secties?|alinea's?|paragra\w+|inleiding|conclusie|koppen|tussenkop\w*|meta\w*|seo|samenvatting|nieuwsbrief"
        r"|voor (?:je )?publi\w+|formulering",
        "plain": r"versies?|titels?|stijl|lengte|voorbeelden|bronnen|deel|doelgroep|wijziging\w*|aanpassing\w*|suggesties?|ook|nog"
        r"|graag|iets|wat|weten|meer|minder|beter|liever|tekst\w*|enkele|drie|specifiek\w*|doel|platform|wilt|wil|zeggen|nieuwe?|kan"
        r"|zakelijk\w*|persoonlijk\w*|technisch\w*|direct\w*|simpel\w*|pakkend\w*|indien|nodig|hier|social|media|post"
        r"|laat|korte|goed|beter|taal|sterker\w*|andere",
    },
    "sv": {
        "agree": "självklart|absolut|visst|javisst|gärna|naturligtvis",
        "thanks": "okej|ok|perfekt|tack",
        "present": "här (?:är|kommer|har du|följer)|nedan"
        r"|jag har(?=.{0,200}\b(?:skrivit|skapat|tagit fram|uppdaterat|kortat|ändrat|anpassat|utökat|översatt|redigerat|justerat))",
        "piece": r"artikel\w*|blogg\w*|inlägg\w*|text\w*|utkast\w*|version\w*|essä|markdown|html",
        "given": "varsågod|som önskat|här har du",
        "about": r"om|för|i|som|med|på (?:cirka|ungefär|\d)|till|baserat|baserad|redo",
        "you": r"du|dig|din|ditt|dina|er|önskad\w*",
        "wish": "vill du att jag",
        "offer": r"vill du|ska jag|säg (?:bara )?till|låt mig veta|hör av dig|om du vill|jag kan|kan jag|vad tycker du|jag \w+ gärna",
        "change": r"kort|läng|ändra|justera|skriva om|skriver|skriva|lägg|översätt|utök|sammanfatta|föreslå|gör\b|göra|förenkla|anpassa|formell"
        "|annan|annat|andra|uppdater|revider|färdig|omarbet|förbättr",
        "part": r"ton(?:en)?\b|avsnitt\w*|stycke\w*|inledning\w*|avslutning\w*|slutsats\w*|mellanrubrik\w*|rubrik\w*|meta\w*|seo"
        r"|sammanfattning\w*|nyhetsbrev\w*|före publicering|innan du publicerar",
        "plain": r"version\w*|titel\w*|stil\w*|längd\w*|exempel|käll\w*|del\b|målgrupp\w*|ändring\w*|justering\w*|också|även|gärna|mer"
        "|mindre|något|veta|några|lite|vill|till"
        r"|personlig\w*|enklare|sociala|medier|behövs|också|teaser|bättre|bra|språk\w*|starkare",
    },
    "da": {
        "agree": "selvfølgelig|naturligvis|gerne|absolut|ja, gerne|klart",
        "thanks": "okay|ok|perfekt|tak",
        "present": "her (?:er|kommer|har du|følger)|nedenfor"
        r"|jeg har(?=.{0,200}\b(?:skrevet|lavet|laget|opdateret|oppdatert|forkortet|ændret|endret|tilpasset|udvidet|utvidet|omskrevet|oversat|oversatt|redigeret|redigert|rettet))",
        "piece": r"artik(?:el|len)|blog\w*|indlæg\w*|tekst\w*|udkast\w*|version\w*|essay|markdown|html",
        "given": "værsgo|som ønsket",
        "about": r"om|til|for|i|som|med|på (?:cirka|omkring|\d)|baseret|klar",
        "you": "du|dig|din|dit|dine|ønsket",
        "wish": "vil du have,? (?:at )?jeg|ønsker du,? at jeg",
        "offer": r"vil du|ønsker du|skal jeg|lad mig (?:\w+ )?vide|sig (?:bare |endelig )?til|giv (?:mig )?besked|hvis du (?:vil|ønsker|har)"
        r"|jeg kan|kan jeg|hvad synes du|jeg \w+ gerne",
        "change": r"kort|længere|forlæng|ændr|juster|omskriv|skriv|tilføj|oversæt|udvid|opsummer|foreslå|gør\b|gøre|forenkl|tilpas|formel|anden"
        "|andet|andre|opdater|revider|færdig|forbedr",
        "part": r"tone\w*|afsnit\w*|indledning\w*|afslutning\w*|konklusion\w*|mellemrubrik\w*|overskrift\w*|rubrik\w*|meta\w*|seo|resumé\w*"
        r"|nyhedsbrev\w*|før udgivelse",
        "plain": r"version\w*|titel\w*|titl\w*|stil\w*|længde\w*|eksemp\w*|kilde\w*|del\b|målgruppe\w*|ændring\w*|justering\w*|også"
        "|gerne|mere|mindre|noget|vide|nogle|lidt|vil|besked"
        r"|personlig\w*|enklere|sociale|medier|behov|bedre|godt|sprog\w*|stærkere",
    },
    "nb": {
        "agree": "selvfølgelig|selvsagt|naturligvis|gjerne|absolutt|ja, gjerne|klart",
        "thanks": "ok|okei|perfekt|takk",
        "present": "her (?:er|kommer|har du|følger)|nedenfor"
        r"|jeg har(?=.{0,200}\b(?:skrevet|lavet|laget|opdateret|oppdatert|forkortet|ændret|endret|tilpasset|udvidet|utvidet|omskrevet|oversat|oversatt|redigeret|redigert|rettet))",
        "piece": r"artik(?:kel|kelen)|blogg\w*|innlegg\w*|tekst\w*|utkast\w*|versjon\w*|essay|markdown|html",
        "given": "vær så god|værsågod|som ønsket",
        "about": r"om|til|for|i|som|med|på (?:cirka|omtrent|rundt|\d)|basert|klar",
        "you": "du|deg|din|ditt|dine|ønsket",
        "wish": "vil du at jeg|ønsker du at jeg",
        "offer": "vil du|ønsker du|skal jeg|la meg (?:få )?vite|si (?:bare |gjerne )?fra|gi (?:meg )?beskjed|hvis du (?:vil|ønsker|har)|jeg kan"
        r"|kan jeg|hva synes du|jeg \w+ gjerne",
        "change": "kort|lengre|forleng|endre|juster|omskriv|skriv|legg|overset|utvid|oppsummer|foreslå|gjør|gjøre|forenkl|tilpass|formel|annen"
        "|annet|andre|oppdater|revider|ferdig|forbedr",
        "part": r"tone\w*|avsnitt\w*|innledning\w*|avslutning\w*|konklusjon\w*|mellomtitt\w*|overskrift\w*|meta\w*|seo|sammendrag\w*"
        r"|nyhetsbrev\w*|før publisering",
        "plain": r"versjon\w*|tittel\w*|titl\w*|stil\w*|lengde\w*|eksemp\w*|kilde\w*|del\b|målgruppe\w*|endring\w*|justering\w*|også"
        "|gjerne|mer|mindre|noe|vite|noen|litt|vil|beskjed"
        r"|personlig\w*|enklere|sosiale|medier|behov|bedre|bra|språk\w*|sterkere",
    },
    "fr": {
        "agree": "bien sûr|certainement|avec plaisir|absolument|d'accord|entendu|volontiers|vous avez raison|tu as raison|désolée?|oui",
        "thanks": "parfait|merci|très bien",
        "present": "voici|voilà|ci-dessous|vous trouverez"
        "|j'ai (?:rédigé|écrit|préparé|créé|raccourci|modifié|corrigé|adapté|réécrit|reformulé|mis à jour|retravaillé)|je vous propose"
        "|je te propose",
        "piece": "articles?|billet|texte|brouillon|version|ébauche|rédaction|markdown|html|post|communiqué|contenu",
        "given": "voici le résultat|(?:la|le|les) voici|comme (?:demandé|convenu)",
        "about": r"sur|à propos|au sujet|pour|en|au format|dans|prêt|d'environ|de (?:blog|environ|\d)|avec|basé|d'après|consacré",
        "you": r"vous|votre|vos|tu|tes|toi|t'\w+|demandée?s?",
        "wish": "(?:souhaitez-vous|souhaites-tu|voulez-vous|veux-tu|aimeriez-vous|aimerais-tu) que j",
        "offer": "souhaite(?:z-vous|s-tu)|voulez-vous|veux-tu|aimeri(?:ez-vous|ais-tu)|préfér(?:ez-vous|es-tu)|n'hésite[zs]? pas|dites-moi"
        "|dis-moi|faites-moi (?:savoir|signe)|fais-moi (?:savoir|signe)"
        "|si (?:vous|tu) (?:le |la )?(?:souhaite[zs]|voule[zx]|veux|préfère[zs]?|avez besoin)|si besoin|je peux|je pourrais|puis-je"
        "|dois-je|qu'en pense[zs]|je reste à (?:votre|ta) disposition|cela vous convient|comme (?:vous l'avez )?demandé",
        "change": "court|long|faire|adapt|modif|réécri|ajout|tradui|ajust|raccourci|reformul|rédig|propos|écri|crée|créer|prépar|développ|étoff"
        "|simplif|optimis|retravaill|corrig|transform|fass|autre|différent|officiel|formel|léger"
        "|actualis|révis|mis à jour|mettre à jour|amélior|enrichi|convert|mettre en avant|resserr|allég|détaill|approfond|complét|relire"
        "|revu|informel|détaillée?s?|jeune",
        "part": r"ton\b|sections?|paragraphes?|titres? (?:seo|alternatifs?)|introduction|conclusion|accroche|intertitres?|méta|meta|seo|résumé"
        r"|newsletter|formulation|avant (?:la |de )?publi\w+",
        "plain": "versions?|titres?|style|longueur|exemples?|sources?|partie|public|format|modifications?|changements?|ajustements?"
        r"|suggestions?|idées?|aussi|également|plus|moins|encore|savoir|voulez|souhaite\w*|peu|convient|besoin|précision|disposition"
        r"|quelques|trois|deux|plateforme|points?|exemple|spécifique|préfér\w*"
        r"|dire|faire|savez|sait|besoin|mis|jour|nouvel\w*|faut|façon|manière"
        r"|réseaux sociaux|plutôt|davantage|éventuelles?|professionnel\w*|technique|personnel\w*|direct\w*|accrocheu\w*|percutant\w*|simple\w*|ici|là|cela|quel\w*|en faire"
        r"|fort\w*|bon|bien|mieux|assez|trop|très|encore|trouve[zs]?|semble|langue|demandé\w*|désire\w*|public|jeunes?",
    },
    "es": {
        "agree": "por supuesto|claro(?: que sí)?|desde luego|con (?:mucho )?gusto|entendido|seguro|de acuerdo|tienes razón|perdón|sí",
        "thanks": "perfecto|genial|gracias",
        "present": "aquí (?:tienes?|está|te dejo|va|le)|a continuación"
        "|te (?:dejo|paso|comparto)|est[ea] es (?:el|la|tu|su)(?=[^.!?…]*:$)|he (?:escrito|redactado|preparado|creado|actualizado|acortado|corregido|modificado|adaptado|reescrito|ampliado)|te presento"
        "|le presento",
        "piece": "artículos?|entrada|publicación|texto|borrador|versión|ensayo|post|markdown|html|contenido|comunicado",
        "given": "aquí (?:lo |la )?tienes?|este es el resultado|ahí va|como (?:pediste|solicitaste|solicitó)",
        "about": r"sobre|acerca|para|en|con|de (?:blog|unas|\d)|listo|basad[oa]|adaptad[oa]|dedicad[oa]",
        "you": r"te|tu|tus|usted|pediste|pidió|solicit\w+|quer[ií]as",
        "wish": "(?:te gustaría|le gustaría|quieres|quiere|desea|deseas) que (?:lo |le |la |te |también )?",
        "offer": "(?:te|le) gustaría|quieres|quiere|deseas?|hazme saber|hágame saber|av[ií]s[ae]me|dime (?:si|qué|cuál)|dígame"
        "|si (?:lo )?(?:quieres?|deseas?|prefieres?|necesitas?|te gusta)|puedo|podría|no dudes? en|no dude en|qué te parece"
        "|te parece bien|como pediste|debería|te gusta|cambio el|lo dejo",
        "change": "cort[oa]|larg[oa]|breve|ajust|adapt|modifi|reescrib|añad|agreg|traduc|traduzc|cambi|acort|ampl[ií]|resum|escrib|redact"
        r"|proponer|proponga|suger|sugier|crear|cree|prepar|simplifi|optimi|corrig|formal|diferente|otr[oa]s?\b|haga\b|hacer\b|fuerte"
        "|actualiz|revis|mejor|convert|transform|resalt|destac|profundiz|detall|complet|hago|deje|informal|técnic",
        "part": r"tono|secci(?:ón|ones)|párrafos?|titulares?|introducción|conclusión|redacción|meta|seo|resumen|boletín|antes de publicar\w*"
        "|llamada a la acción",
        "plain": "versi(?:ón|ones)|títulos?|estilo|extensión|longitud|ejemplos?|fuentes?|parte|público|enfoque|formato|cambios?"
        "|modificaciones|ajustes?|datos|también|más|menos|algo|saber|prefieres?|alguna?s?|unos|tres|dos|redes sociales|plataforma"
        r"|puntos?|específic\w+|gusta|necesit\w+|sirva|bien|decirme|pedirme|avisarme|nuev\w+|claro|forma|manera"
        r"|hacerlo|decírmelo|decirlo|informal|técnic\w+|personal|profesional|direct\w+|atractiv\w+|sencill\w+|si es necesario|cualquier|aquí|redes|sociales|así"
        "|fuerte|mejor|bien|gusta|as[ií]|todavía|demasiado|idioma|quedó|queda",
    },
    "it": {
        "agree": "certo|certamente|certo che sì|volentieri|con piacere|naturalmente|assolutamente|d'accordo|hai ragione|scusa|sì",
        "thanks": "perfetto|grazie|va bene",
        "present": "ecco|di seguito|qui (?:trovi|sotto)"
        "|ho (?:scritto|preparato|redatto|creato|aggiornato|accorciato|corretto|modificato|adattato|riscritto|ampliato)",
        "piece": "articol[oi]|post|testo|bozza|versione|saggio|markdown|html|contenuto|comunicato",
        "given": "eccol[oa]|ecco (?:qui|a te|fatto)|come richiesto",
        "about": r"su|sul|sullo|sulla|sull'|sui|sugli|sulle|per|in|con|di (?:circa|\d)|pronto|dedicat[oa]|basat[oa]|riguardo",
        "you": r"hai|ti|tuo|tua|tuoi|vostr\w+|richiest\w+|chiesto",
        "wish": "(?:vuoi|vuole|desideri|desidera|vorresti|ti piacerebbe) che (?:io |lo |la |ti )?",
        "offer": "vuoi|vuole|vorresti|preferisci|desidera|desideri|ti piacerebbe|fammi sapere|mi faccia sapere|dimmi (?:se|quale)"
        "|se (?:lo )?(?:vuoi|vuole|preferisci|desideri|desidera|ti serve)|posso|potrei|devo|non esitare|cosa ne pensi|come richiesto",
        "change": "brev|lung|adatt|modific|riscriv|aggiung|tradu[cr]|cambi|accorci|ampli|riassum|scriv|redig|propon|suggeri|crea|prepar"
        r"|semplific|ottimizz|corregg|renda|formal|divers|altr[oaie]\b|aggiorn|rivist|revision|miglior|richiest"
        r"|convert|trasform|evidenz|approfond|dettagli|complet|adattass\w*|propor|informal|tecnic",
        "part": "tono|sezion[ei]|paragraf[oi]|introduzione|conclusione|sottotitol[oi]|meta|seo|riassunto|newsletter|prima di pubblicare"
        "|formulazione",
        "plain": r"version[ei]|titol[oi]|stile|lunghezza|esempi[o]?|font[ei]|parte|pubblico|formato|modific(?:a|he)\b|cambiament[oi]"
        r"|dati|anche|più|meno|qualcosa|sapere|preferisci|qualche|alcun\w*|tre|due|social|piattaforma|punti?|specific\w+|serve|ancora"
        "|po'"
        r"|chiedermi|dirmi|fare|nuov\w+|modo"
        r"|dell|nell|sull|all|quell|informale|tecnic\w+|personal\w+|professionale|dirett\w+|semplice|accattivante|qui|cos[iì]|necessario|social"
        "|forte|meglio|bene|ancora|troppo|lingua|altri|altre|piace",
    },
    "pt": {
        "agree": "claro(?: que sim)?|com certeza|certamente|com prazer|entendido|combinado",
        "thanks": "perfeito|ótimo|obrigad[oa]",
        "present": "aqui (?:está|vai|tem|estão)|segue|abaixo está|a seguir|escrevi|preparei|criei|redigi|atualizei|encurtei|corrigi|adaptei"
        "|reescrevi|ampliei",
        "piece": "artigos?|postagem|post|texto|rascunho|versão|ensaio|markdown|html|conteúdo|matéria|publicação",
        "given": "aqui está|conforme (?:solicitado|pedido)|aí está",
        "about": r"sobre|acerca|para|em|com|de (?:blog|cerca|\d)|pronto|dedicad[oa]|basead[oa]",
        "you": r"você|te|seu|sua|teu|tua|pediu|solicitad\w+|pedido",
        "wish": "(?:gostaria|você quer|quer|deseja|queres) que eu",
        "offer": r"gostaria|(?:você )?quer(?:es)?\b|deseja|prefere|me avise|avise-me|me diga|diga-me|diz-me"
        "|se (?:você )?(?:quiser|desejar|preferir|precisar)|posso|poderia|devo|fique à vontade|o que acha|conforme solicitado",
        "change": "curt|long|ajust|adapt|modifi|reescrev|acrescent|adicion|traduz|alter|mudar|mude|encurt|ampli|resum|escrev|redig|propo|suger"
        r"|sugir|criar|crie|prepar|simplif|otimiz|corrig|formal|diferente|outr[oa]s?\b|inclu[aií]|atualiz|revis|melhor"
        "|convert|transform|destac|aprofund|detalh|complet|informal|técnic",
        "part": r"tom\b|seç(?:ão|ões)|parágrafos?|introdução|conclusão|subtítulos?|meta|seo|resumo|newsletter|redação|antes de publicar",
        "plain": "vers(?:ão|ões)|títulos?|estilo|tamanho|exemplos?|fontes?|parte|público|formato|alteraç(?:ão|ões)|mudanças?|ajustes?"
        r"|dados|também|mais|menos|algo|alguma?s?|saber|prefer\w+|três|dois|redes sociais|plataforma|pontos?|específic\w+|mais dados"
        r"|pedir|dizer|nov\w+|forma"
        r"|informal|técnic\w+|pessoal|profissional|diret\w+|simples|atraente|aqui|assim|necessário|redes|sociais|deixe"
        "|forte|melhor|bem|ainda|idioma|gosta",
    },
    "ro": {
        "agree": "desigur|sigur(?: că da)?|bineînțeles|cu plăcere|cu drag|absolut|în regulă|am înțeles|bine",
        "thanks": "mulțumesc(?: mult)?|mersi|excelent|perfect|grozav|bună (?:întrebare|idee)",
        "present": "iată|aici (?:este|ai|aveți)|mai jos|în continuare|urmează|acesta este|aceasta este"
        "|am (?:scris|redactat|pregătit|creat|rescris|scurtat|actualizat|revizuit|adaptat|modificat)",
        "piece": r"articol\w*|postare\w*|postări\w*|text\w*|ciorn\w+|schiț\w+|versiun\w+|eseu\w*|conținut\w*|comunicat\w*|markdown|html|blog\w*",
        "given": "poftim|poftiți|așa cum (?:ai|ați) cerut|conform cererii",
        "about": r"despre|pentru|în|cu|pe (?:tema|baza)|de (?:aproximativ|blog|\d)|bazat|gata",
        "you": r"dumneavoastră|tău|ta|vă|cerut\w*|solicitat\w*",
        "wish": "(?:dorești|doriți|vrei|vreți|ai vrea|ați dori) să",
        "offer": "dori(?:ți|ești)|vre(?:i|ți)|spune(?:ți)?-mi|anunță-mă|anunțați-mă|dă-mi de știre|dacă (?:dori|vre|ai nevoie|aveți nevoie)"
        "|(?:îl |o |mai )?pot|aș putea|nu ezita(?:ți)?|ce părere|ar trebui să|ai vrea|ați dori",
        "change": "scurt|lung|adaug|adăug|modific|rescri|scri[eu]|adapt|ajust|traduc|tradu|extind|dezvolt|propun|simplific|rezum|schimb|formal"
        r"|alt[ăe]?\b|diferit|actualiz|revizuit|îmbunătăț|gata",
        "part": r"ton(?:ul|ului)?\b|secțiun\w*|paragraf\w*|introducer\w*|concluzi\w*|subtitl\w*|meta\w*|seo|rezumat\w*|newsletter\w*"
        "|înainte de publicare",
        "plain": r"titlu\w*|titlur\w*|stil\w*|lungime\w*|exempl\w*|surs\w*|parte\w*|modificăr\w*|schimbăr\w*|ceva\b|îl\b|mai|și|sau"
        r"|puțin|ceva|câteva|trei|dori\w*|vre\w+|știre|personal\w*|simpl\w+|nevoie|rețele\w*|sociale|doriți|dori\w+"
        r"|bun\w*|bine|limb\w*|puternic\w*",
    },
}
