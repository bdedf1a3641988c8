"""Sample facts about ten school subjects. General textbook knowledge."""

from core.data.samples.bank import Bank, Topic
from core.data.samples.domains.education_questions import ASPECTS, FRAMES

_TOPICS = {
    "photosynthesis": Topic(
        names=("photosynthesis", "plant photosynthesis"),
        facts={
            "meaning": """[Photosynthesis is the way|Photosynthesis means the way] green plants, algae and some
                bacteria build sugar with the energy of light. [They use|They take in] carbon dioxide and, [nearly
                always|mostly], water. [Plants and algae|Algae and plants] give off oxygen [as they do so|in the
                process].""",
            "main points": """[A leaf gathers|Leaves gather] light with chlorophyll. [First|In a first stage], light
                splits water, frees oxygen and charges carrier molecules. [Then|In a second stage], these build sugar
                from carbon dioxide, [needing no light directly|without direct need of light]. [Both take place|Both
                happen] in chloroplasts.""",
            "terms": """Chlorophyll: the green pigment that [absorbs|catches] light. Chloroplast: the [cell part|part
                of the cell] where it happens. Stomata: [small|tiny] leaf pores for gases. Glucose: the sugar
                [produced|made]. Calvin cycle: the steps that [fix|bind] carbon dioxide.""",
            "example": """[Place|Put] a water plant such as elodea under a bright lamp: bubbles [come up|rise], rich in
                oxygen. [With the lamp|When the lamp is] farther off, the bubbles become fewer. [Pupils|The class] can
                count them per minute and [plot|draw] a graph of light against rate.""",
            "misconceptions": """[Many believe|Many think] that plants eat soil. [Really|In fact], most of their dry
                weight comes from carbon dioxide and water; soil [supplies|gives] minerals. [A second mistake|Another
                error] is that plants respire only at night: they do so [day and night|all day].""",
            "importance": """[Almost all|Nearly all] food begins with it, since animals eat plants or [animals that
                did|other animals]. [It also|Photosynthesis also] renews the oxygen in the air and [stores|binds]
                carbon. [Coal and oil|Oil and coal] hold sun energy that living things caught long ago.""",
        },
    ),
    "fractions": Topic(
        names=("fractions", "common fractions"),
        plural=True,
        facts={
            "meaning": """[Fractions are numbers|Fractions are a kind of number] for parts of a whole [divided|cut]
                into equal pieces. [Three quarters|For instance, three quarters] means three of four equal pieces.
                [Fractions also|They also] stand for a division: three [divided by|shared among] four.""",
            "main points": """[Every fraction|A fraction] keeps its value when top and bottom are multiplied by the
                same number other than zero. [For a sum|To add], find a common denominator. [For a product|To
                multiply], multiply tops and bottoms. [For a quotient|To divide], turn the second fraction over and
                multiply.""",
            "terms": """Numerator: the [upper|top] number, how many parts. Denominator: the [lower|bottom] number, how
                many equal parts make a whole. Mixed number: a whole with a fraction. Equivalent fractions: different
                [looks|forms] of one value. Reciprocal: the fraction [upside down|turned over].""",
            "example": """[Let us add|Add] one half and one third. [The|A] common denominator is six: three sixths plus
                two sixths [give|make] five sixths. [With|Of] a cake cut in six, that is five pieces, [with one left
                over|leaving one].""",
            "misconceptions": """[Pupils|Beginners] often add tops and bottoms, so that one half plus one half [turns
                into|becomes] two quarters, which is [just|only] a half. [Others believe|Others think] one eighth
                exceeds one quarter because eight is bigger, [yet|but] more pieces mean smaller ones.""",
            "importance": """[Music, recipes|Recipes, music], measuring and sharing [need|use] fractions daily.
                [Fractions prepare|Working with them prepares] pupils for decimals, percentages, ratios and algebra. [A
                firm grasp|Good command] of them makes later mathematics [far|much] easier.""",
        },
    ),
    "gravity": Topic(
        names=("gravity", "the force of gravity"),
        facts={
            "meaning": """[Gravity is the attraction|Gravity is a mutual pull] between all things that have mass. [It
                keeps|It holds] us on the ground and planets in [orbit|their orbits]. [Near the ground|On Earth], it
                gives objects their [weight|heaviness] and makes dropped things fall.""",
            "main points": """[Greater|More] mass means a stronger pull; [greater|more] distance means a weaker one. At
                twice the distance the pull [falls|drops] to a quarter. [Where there is no air|Without air], all
                objects fall alike, and near the ground each second [adds|brings] about 9.8 metres per second of
                speed.""",
            "terms": """Mass: the amount of matter, [equal|the same] everywhere. Weight: the [pull|force] of gravity on
                that mass, in newtons. Free fall: motion under gravity [only|alone]. Orbit: [falling|steady falling]
                around a body. Centre of mass: the [point of balance|balance point].""",
            "example": """[A feather and a hammer|A hammer and a feather], dropped together on the Moon, [hit the
                ground|landed] at the same time, as an Apollo 15 astronaut [demonstrated|showed]. [The Moon has|There
                is] no air to slow the feather. [Someone|A person] of 60 kilograms weighs about 590 newtons on Earth,
                [roughly|near] 97 up there.""",
            "misconceptions": """[Heavier|Heavy] things do not fall faster by nature; air slows [light and broad|light,
                wide] ones. [Crews|Astronauts] in orbit float because they fall together with their [station|ship], not
                because gravity [has gone|is absent]: it is still [around|almost] nine tenths as strong there.""",
            "importance": """[Gravity shaped|It shaped] stars and planets, keeps the [atmosphere|air] around Earth and,
                through Moon and Sun, [causes|raises] tides. [Builders|Engineers] reckon with it in bridges and dams,
                and [rocketry|space flight] [relies|depends] on calculating it exactly.""",
        },
    ),
    "cells": Topic(
        names=("cells", "living cells"),
        plural=True,
        facts={
            "meaning": """[Cells are the smallest units|Cells are the smallest parts] that are alive. [Some
                organisms|Some beings], such as bacteria, consist of a single one, while a human has [many
                trillions|trillions]. [Each cell|Each] is wrapped in a membrane, [uses|takes in] food and often [grows
                and divides|divides].""",
            "main points": """[Every organism|Each living thing] is built of cells, and a cell comes [only|always] from
                an earlier one. [Bacterial|Bacteria's] cells lack a nucleus; plants, animals and fungi [keep their DNA
                in one|have one]. [In many-celled|In large] bodies, cells [take on special tasks|specialise] and form
                tissues.""",
            "terms": """Membrane: the thin [skin|border] that controls what passes. Nucleus: holds the DNA [in|of]
                complex cells. Cytoplasm: the [jelly|filling] inside. Mitochondria: [free|release] energy from food.
                Ribosomes: [make|build] proteins. Chloroplasts: [trap|catch] light in plants.""",
            "example": """[Look at|Compare] an onion skin and the inside of a cheek under a microscope. [The
                onion's|Onion] cells look like bricks with stiff walls; [those of the cheek|cheek cells] are soft and
                [uneven|irregular]. [One|A] drop of dye shows the nucleus as a [coloured|dark] spot in both.""",
            "misconceptions": """[It is a mistake|It is wrong] to think that plant cells lack mitochondria because they
                have chloroplasts: most [have|own] both. [Textbook drawings|Drawings] make cells look flat and
                [still|empty], yet they are [three-dimensional|deep], crowded and [in motion|busy].""",
            "importance": """[Knowledge of|Understanding] cells explains growth, healing, heredity and illness.
                [Viruses|Germs] attack them, and cancer is cell division out of [control|hand].
                [Laboratories|Researchers] test medicines on cells, and microbes help to make [cheese, bread|bread,
                cheese] and insulin.""",
        },
    ),
    "water cycle": Topic(
        names=("the water cycle", "the hydrological cycle"),
        facts={
            "meaning": """[The water cycle describes|The water cycle is] the endless journey of water between sea, air
                and land. [Sunlight|The Sun] drives it, gravity brings the water [down|back], and the total amount on
                Earth [remains|stays] nearly the same.""",
            "main points": """[Heat|Sunlight] turns surface water into vapour, and plants [breathe out|release] more.
                [As air rises it cools|Rising air cools], so the vapour becomes cloud droplets. [They|These] fall as
                rain or snow, and the water [flows|runs off] in rivers, soaks in, or [is stored|waits] as ice.""",
            "terms": """Evaporation: liquid [turning to|becoming] vapour. Transpiration: vapour [given off by|from]
                leaves. Condensation: vapour [turning into|becoming] droplets. Precipitation: [hail, snow or rain|rain,
                snow or hail]. Infiltration: water [sinking|soaking] into soil. Groundwater: water [held|stored]
                below.""",
            "example": """[Close|Cover] a bowl of warm water with clear film and [lay|put] ice on top. [Droplets|Drops]
                form under the film, [join|grow] and fall back: a [tiny|small] model of cloud and rain. [If the water
                is salty|With salt water], the drops are [free of salt|fresh].""",
            "misconceptions": """[Clouds we see|Visible clouds] are not vapour but tiny droplets or ice. [Water does
                not have|Water has no need] to boil to evaporate; puddles [vanish|dry] on cool days too.
                [Rainwater|Rain] is not new water: it has [travelled|gone] round countless times.""",
            "importance": """[The cycle|It] refills rivers and groundwater that people, [fields|crops] and wildlife
                need. [Moving water|It also] carries heat around the globe and [carves|shapes] land.
                [Understanding|Knowing] it helps to plan dams, farming and flood protection as the climate
                [changes|warms].""",
        },
    ),
    "world geography": Topic(
        names=("world geography", "the geography of the world"),
        facts={
            "meaning": """[World geography is about|World geography studies] the places of the Earth: land, water,
                climate and peoples, and how they [shape|affect] each other. [Its physical side|Physical geography]
                looks at nature, [its human side|human geography] at towns, trade, borders and [culture|ways of
                life].""",
            "main points": """[Seas cover|Oceans cover] some seventy-one percent of the globe. [Many schools|Schools
                often] count seven continents, with Asia the largest and Australia the smallest, and five oceans, [led
                by|above all] the Pacific. [Climates grow|The climate grows] colder from the equator [to|towards] the
                poles.""",
            "terms": """Latitude: the angle north or south of the equator. Longitude: the angle east or west of
                Greenwich. Continent: a [very large|vast] land mass. Peninsula: land [almost|nearly] surrounded by
                water. Delta: [sediment|mud and sand] laid down at a river mouth. Scale: map length [compared
                with|against] real length.""",
            "example": """[Consider|Take] Egypt: nearly all of its people live [near|along] the Nile, because most of
                the rest is [dry|desert]. [The Nile|The river] gives water, soil and transport, so [towns|cities] lie
                beside it. [Settlement and nature|Nature and settlement] can be [seen|read] together on one map.""",
            "misconceptions": """[Flat maps deceive|Flat maps mislead]: on Mercator's, Greenland looks [like a match
                for|as big as] Africa, which is about fourteen times larger. Africa is not one country but [over|more
                than] fifty. [The leaning|The tilted] axis of Earth, not its distance from the Sun, makes the
                seasons.""",
            "importance": """[Geography explains|It explains] why cities stand where they do, where food and
                [energy|fuel] come from, and why trade takes certain [paths|routes]. [It also|Geography also] helps
                people [understand|follow] the news, [prepare for|face] natural dangers and respect [distant|other]
                cultures.""",
        },
    ),
    "plate tectonics": Topic(
        names=("plate tectonics", "the theory of plate tectonics"),
        facts={
            "meaning": """[Plate tectonics says|This theory says] that Earth's rigid outer shell is [split|broken] into
                large plates. [These|They] move a few centimetres a year on [hot, softer|hotter, softer] rock below,
                [and carry|carrying] continents and sea floor [with them|along].""",
            "main points": """[Where plates part|At parting plates], new sea floor [is made|forms]. [Where they
                collide|Where they meet], one may sink under the other or both [crumple|fold] into mountains. [Where
                they slip|Where they slide] past each other, earthquakes [occur|strike]. Sinking slabs and heat from
                inside [power|drive] the motion.""",
            "terms": """Lithosphere: the [rigid|stiff] outer shell. Asthenosphere: the weaker layer [below|beneath].
                Subduction: one plate [diving|sinking] under another. Mid-ocean ridge: where plates [separate|part]
                under the sea. Fault: a [crack|break] along which rock slips. Mantle: hot, [mostly|largely] solid rock
                under the crust.""",
            "example": """[India once was|India once lay] far south and drifted north until, [some|about] fifty million
                years ago, it ran into Asia. [The collision|The crash] still [raises|lifts] the Himalaya. [Shells of
                sea animals|Marine fossils] on high [summits|peaks] show that those rocks [formed|began] under
                water.""",
            "misconceptions": """[The continents|Continents] do not float on a sea of molten rock: the mantle is
                [nearly all|almost entirely] solid and creeps. [The plates|Plates] are not the same as continents,
                [since|for] most also carry ocean floor. [Their motion|The motion] is slow but [goes on today|never
                stops].""",
            "importance": """[The theory|It] explains why earthquakes and volcanoes cluster in belts, how mountains and
                oceans [form|arise] and why fossils match [on both sides of oceans|across seas]. [It also guides|It
                guides] building rules, tsunami warnings and the search for [metal ores|ores].""",
        },
    ),
    "printing press": Topic(
        names=("the printing press", "printing with movable type"),
        facts={
            "meaning": """[A|The] printing press is a machine that presses inked letters onto paper. [In Mainz,|The
                goldsmith] Johannes Gutenberg built one with movable metal type around 1450, [and|so that] books could
                be made [by the hundred|in numbers] instead of being [written|copied] by hand.""",
            "main points": """[Separate|Single] letters, cast in metal, were set into lines and pages, inked and
                [pushed|pressed] on paper by a screw. [Afterwards|Then] the letters were [used anew|reused]. [Such
                type|Movable type] had existed earlier in China and Korea; Gutenberg [combined|joined] casting mould,
                oily ink and press.""",
            "terms": """Type: a metal block with one [standing|raised] letter. Matrix: the form in which type is
                [poured|cast]. Typesetting: [placing|putting] type in order. Woodblock: a page [cut|carved] in wood.
                Incunabula: European books printed [up to 1500|before 1501]. Edition: all copies printed from one
                [setting|typesetting].""",
            "example": """[The Gutenberg|Gutenberg's] Bible, finished around 1455, shows the [change|leap]: roughly 180
                copies left one workshop in a few years, while a scribe [took|needed] a year or more for [a single
                one|just one]. [Some|About] fifty of them [still exist|survive] today.""",
            "misconceptions": """[Gutenberg did not|Gutenberg himself did not] invent all printing: China printed from
                wood blocks [hundreds of years earlier|centuries before], and metal type was used in Korea [well before
                his birth|long before him]. [Neither|Nor] did handwriting [stop|end]: scribes worked on for [a long
                time|generations].""",
            "importance": """[Books became|Books grew] cheaper and more numerous, so reading [became common|spread].
                [Fresh|New] ideas of the Reformation and of science [moved|travelled] fast and in [equal|identical]
                copies. [The spelling|Spelling] of languages slowly [became steadier|settled], and rulers
                [started|began] to censor printed matter.""",
        },
    ),
    "grammar": Topic(
        names=("grammar", "English grammar"),
        facts={
            "meaning": """[Grammar means the system|Grammar is the system] by which a language forms words and
                [builds|joins] them into sentences. [It includes|It covers] word forms, word order and agreement.
                [Children|Speakers] learn most of it [by listening|without lessons] before they [know the names of|can
                name] the rules.""",
            "main points": """[A complete|A full] sentence usually has a subject and a verb that [match|agree] in
                number. English [depends|relies] on word order: subject, verb, object. [The tense|Tense] shows time,
                and small words [connect|link] the parts. [A changed order|Changing the order] can change the
                [sense|meaning].""",
            "terms": """Noun: names a person, thing or idea. Verb: [says|tells] what happens or is. Adjective:
                [details|describes] a noun. Adverb: [says|tells] how, when or how much. Pronoun: stands [in place
                of|for] a noun. Clause: words with their own [verb and subject|subject and verb].""",
            "example": """[Compare|Look at] "dogs chase cats" and "cats chase dogs": [identical|the same] words,
                different hunters. [The order alone|Order alone] tells who acts. [By contrast, in Latin|In Latin],
                endings do that work, so words may [change places|move] more freely.""",
            "misconceptions": """[To end|Ending] a sentence with a preposition is not wrong in English; [careful|good]
                writers do it. [Dialects too|Dialects also] follow rules, simply other ones. [Commas and
                spelling|Spelling and commas] belong to writing [rather than|and not] to grammar in the [narrow|strict]
                sense.""",
            "importance": """[Sound|Clear] grammar lets a reader see at once who did what, and when. [It avoids|It
                prevents] costly doubt in contracts and [manuals|instructions], helps in [studying|learning] other
                languages and gives writers [more|a wider] choice of style.""",
        },
    ),
    "probability": Topic(
        names=("probability", "the theory of probability"),
        facts={
            "meaning": """[Probability measures|Probability expresses] the chance of an event by a number. Zero stands
                for the impossible, one for the certain, and one half for [equal|even] chances. [The number can|It may]
                also be [given|written] in percent, [so that|and then] one becomes a hundred.""",
            "main points": """[When|If] all outcomes are equally likely, divide the favourable ones by [the total|all
                of them]. [With|For] independent events, multiply to get both. [With|For] events that exclude each
                other, add to get either. [The|All] outcomes together [add up|sum] to one.""",
            "terms": """Outcome: one possible result. Event: a [group|set] of outcomes. Sample space: [the set of
                all|all] outcomes. Independent: one event does not [change|affect] the other's chance. Expected value:
                the [weighted|long-run] average. Complement: the event [failing to happen|not happening].""",
            "example": """[Throw|Roll] a fair die: an even number has probability three in six, [or|which is] one half.
                [For|With] two dice, thirty-six pairs are equally likely, and six of them [give|make] seven, so seven
                [appears|comes up] with [chance|probability] one in six.""",
            "misconceptions": """A coin has no memory: [following|after] five heads the next toss is still [an even
                chance|fifty-fifty]. [A likely thing|What is likely] is not sure to happen, and rare events do
                [happen|occur] when there are many [tries|chances]. [Few trials|Small samples] often [seem|look]
                uneven.""",
            "importance": """[Weather, insurance|Insurance, weather] and medical tests all [deal|speak] in chances. [It
                helps|Probability helps] people weigh risks, judge claims in the news and [approach|play] games wisely.
                [Science|Statistics] and machine learning [are built|rest] on it.""",
        },
    ),
}

EDUCATION = Bank(
    notice="Synthetic sample; simplified school knowledge, no substitute for a textbook.",
    topics=_TOPICS,
    aspects=ASPECTS,
    frames=FRAMES,
)
