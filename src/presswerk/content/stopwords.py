"""Words too common to tell what an English or German text is about."""

_ENGLISH = """
a about above across actually add after again against all almost along already also although always am among an and
another any anyone anything are aren't around article as ask at away back be became because become been before
behind being below best better between beyond both bring but by call came can can't cannot come could couldn't day
days did didn't do does doesn't doing don't done down due during each either else end enough especially etc even
ever every everyone everything example far few find first follow following for found from full further gave get gets
getting give given go goes going gone good got great had hadn't has hasn't have haven't having he help her here
here's hers herself high him himself his how however i i'd i'll i'm i've if in include includes including indeed
instead into is isn't it it's its itself just keep kind know known large last later least less let let's like likely
little long look lot made main make makes making many may maybe me means might more most much must my myself near
need needs never new next no nor not nothing now of off often old on once one ones only onto or other others our
ours ourselves out over own part people per perhaps place point possible put quite rather really right said same say
says second see seem seems set several shall she should shouldn't show simple simply since small so some someone
something sometimes soon still such sure take taken tell than that that's the their theirs them themselves then
there there's therefore these they they're thing things think this those though three through thus time times to
today together too took toward towards try turn two under until up upon us use used useful user uses using usually
various very via want was wasn't way ways we we're we've well went were weren't what what's when where whether which
while who whole whom whose why will with within without won't word words work works would wouldn't year years yes
yet you you'll you're you've your yours yourself
"""

_GERMAN = """
ab aber alle allem allen aller allerdings alles als also am an andere anderem anderen anderer anderes anders auch
auf aus außer außerdem bald bei beide beiden beim beispiel bereits besonders besser bevor bin bis bisher bist bitte
bleiben bleibt brauchen braucht bzw da dabei dadurch dafür dagegen daher dahin damit danach daneben dann daran
darauf daraus darf darfst darin darum darunter darüber das dass davon dazu dein deine deinem deinen deiner dem den
denen denn dennoch der deren derer derselbe des deshalb dessen desto deswegen dich die dies diese dieselbe diesem
diesen dieser dieses dir direkt doch dort du durch dürfen eben ebenso eigene eigenen ein eine einem einen einer
eines einfach einige einigen einiger einiges einmal entweder er erst erste ersten es etwa etwas euch euer eure eurem
euren eurer fall falls fast finden findet früher führen für gab ganz ganze ganzen gar geben gegen gegenüber gehen
geht gemacht genau genug gerade gern gibt gilt gleich groß große großen gut gute guten habe haben halten hast hat
hatte hatten her heute hier hin hinter hoch hätte hätten ich ihm ihn ihnen ihr ihre ihrem ihren ihrer ihres im immer
in indem infolge innerhalb ins insbesondere ist ja jahr jahre jahren je jede jedem jeden jeder jedes jedoch jene
jenem jenen jener jenes jetzt kann kannst kaum kein keine keinem keinen keiner keines klein kleine kommen kommt
können könnte könnten lange lassen letzte liegen liegt lässt machen macht mal man manche manchem manchen mancher
manches mehr mehrere mein meine meinem meinen meiner meist mich mir mit mittels mochte muss musst möchte möchten
möglich müssen müsste nach nachdem natürlich neben nehmen nein neu neue neuen neuer nicht nichts nie niemand noch
nun nur nächste nämlich ob oben obwohl oder oft ohne paar pro rund sagen sagt sehen sehr seid sein seine seinem
seinen seiner seines seit selbst selten sich sicher sie siehe sind so sobald sodass sogar solche solchem solchen
solcher soll sollen sollte sollten sondern sonst soweit sowie sowohl statt stehen steht stets tag tage teil trotz
tun um und uns unser unsere unserem unseren unserer unten unter viel viele vielen vielleicht vom von vor vorher wann
war waren warum was weder weg wegen weil weise weiter weitere weiteren welche welchem welchen welcher welches wem
wen wenig wenige weniger wenn wer werde werden wessen wichtig wie wieder will wir wird wirklich wo wobei wohl wollen
worden wort wurde wurden wörter würde würden ziemlich zu zum zur zusammen zwar zwei zwischen zwischendurch über
überall
"""

STOP_WORDS = frozenset((*_ENGLISH.split(), *_GERMAN.split()))
