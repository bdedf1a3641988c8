"""Sample facts about ten common illnesses. General textbook knowledge, without doses; not medical advice."""

from core.data.samples.bank import Bank, Topic
from core.data.samples.domains.healthcare_questions import ASPECTS, FRAMES

_TOPICS = {
    "hypertension": Topic(
        names=("hypertension", "high blood pressure"),
        facts={
            "overview": """[Hypertension means|High blood pressure means] that blood presses too hard on the artery
                walls, [day after day|not just for a moment]. [Because it is usually silent|Since most people feel
                well], it can [quietly|slowly] harm the heart, brain, kidneys and eyes for years before [anyone
                notices|it is found].""",
            "symptoms": """[Most people with hypertension|Most people whose pressure is high] notice nothing at all.
                [Very high|Extreme] readings can bring headache, blurred sight, nosebleeds or breathlessness. [So|That
                is why] only a cuff reading [reveals it|shows it], and chest pain, weakness or confusion [calls
                for|needs] emergency help.""",
            "causes": """[Usually|In most people] no single cause of high pressure is found. [The risk|Risk] grows with
                age, family history, salty food, excess weight, too little [movement|exercise] and much alcohol. [Less
                often|More rarely], kidney trouble, hormone disorders, sleep apnoea or certain medicines [lie behind
                it|are to blame].""",
            "diagnosis": """[A cuff on the upper arm|An upper-arm cuff] measures the pressure, and one high reading [is
                not enough|settles little]. [Clinicians|Doctors] repeat it on other days, or use home or 24-hour
                readings. Urine and blood tests and a heart tracing then [look for|check for] harm to organs.""",
            "treatment": """[Treatment begins|Care begins] with healthier habits, and many people also need
                pressure-lowering tablets. [Common choices are|Doctors often choose] ACE inhibitors, angiotensin
                receptor blockers, calcium channel blockers or diuretics, [sometimes combined|alone or combined]. They
                [work|help] only when taken regularly, so nobody should stop them without [asking a doctor|medical
                advice].""",
            "self-care": """[It helps|It is wise] to eat less salt and more vegetables, stay active on most days and
                keep a healthy weight. [Drinking little alcohol|Going easy on alcohol] and not smoking protect the
                arteries [too|as well]. Home readings, [noted down|kept in a diary], help the clinic [judge|follow]
                progress.""",
        },
    ),
    "diabetes": Topic(
        names=("type 2 diabetes", "adult-onset diabetes"),
        facts={
            "overview": """[Type 2 diabetes is a lasting illness|Type 2 diabetes is a long-term illness] in which the
                blood carries too much sugar. [The body answers|Cells answer] poorly to insulin, and the pancreas
                [cannot make|fails to make] enough to compensate. [Over years|With time] high sugar can [harm|damage]
                nerves, kidneys, eyes and arteries.""",
            "symptoms": """[Typical signs|Common signs] of raised sugar are thirst, passing much urine, tiredness,
                blurred vision and [wounds that heal slowly|slowly healing wounds]. [Infections may return|Infections
                may keep returning], and some people lose weight. [Many feel nothing for years|Many notice nothing for
                years], so it is often [found by chance|discovered by a routine test].""",
            "causes": """[Insulin resistance|A weak response to insulin] and a tiring pancreas work together. [The
                chance|The risk] is greater with excess weight around the waist, little exercise, older age, close
                relatives with diabetes, [certain ancestries|some ethnic backgrounds], and diabetes in a [past|former]
                pregnancy.""",
            "diagnosis": """[Blood tests decide|The answer comes from blood tests]: HbA1c, which reflects sugar over
                about three months, fasting glucose, or a glucose drink test. [Without clear symptoms|If there are no
                clear symptoms], a raised result is [normally repeated|usually confirmed a second time] before the
                diagnosis is [made|given].""",
            "treatment": """[Food, movement and weight loss|Eating well, moving and losing weight] come first.
                [Metformin is often|Metformin is commonly] the first medicine; others include SGLT2 inhibitors, GLP-1
                medicines and, [when needed|if required], insulin. Blood pressure and cholesterol are [treated|managed]
                too, and eyes, feet and kidneys [checked yearly|get yearly checks].""",
            "self-care": """[Choose|Prefer] vegetables, whole grains and pulses over sugary drinks and sweets, and
                [move every day|be active daily]. [Look at the feet|Inspect the feet] for sores, do not smoke, and [go
                to|keep] all eye and foot appointments. [Take|Use] medicines as agreed and know the signs of [low
                sugar|a sugar low].""",
        },
    ),
    "asthma": Topic(
        names=("asthma", "bronchial asthma"),
        facts={
            "overview": """[Asthma is a lasting inflammation|Asthma is long-lasting inflammation] of the airways, which
                are [oversensitive|too sensitive]. [When something irritates them|Once irritated], their muscles
                tighten, the lining swells and mucus collects, so air [flows out with difficulty|struggles to get out].
                [Between attacks|Between bad spells] breathing may be [normal|quite normal].""",
            "symptoms": """[Wheezing|A whistling breath], cough, a tight chest and breathlessness come and go. [They
                are often worse|They tend to be worse] at night, at dawn, with exercise or [near a trigger|around
                triggers]. [Struggling to speak|Being unable to finish a sentence], or no relief from the reliever
                inhaler, [is an emergency|means calling an ambulance].""",
            "causes": """[Genes and surroundings|Inheritance and environment] act together, and allergies or eczema in
                the family [raise the risk|make it likelier]. [Attacks are set off|Flare-ups are set off] by colds,
                cold air, pollen, smoke, pets, dust mites, [exercise|effort] or certain painkillers. Work dusts
                [can|may] start it in adults.""",
            "diagnosis": """[The story of the attacks|The pattern of complaints] is the first clue. [Spirometry
                shows|Blowing into a spirometer shows] whether outflow is narrowed and improves after a reliever. [Peak
                flow kept|Peak flow noted] for some weeks, exhaled nitric oxide and [allergy tests|tests for allergy]
                can [support|strengthen] the finding.""",
            "treatment": """[Inhaled corticosteroids|Steroid inhalers] calm the inflamed airways and are the
                [basis|foundation] of care. [Relievers|Bronchodilators] open them quickly in an attack, [often in
                one|sometimes in one] combined inhaler. [Severe cases|Severe forms] may need other preventers or
                biological injections, and [a written action plan|a personal action plan] guides changes.""",
            "self-care": """[Use|Take] the preventer every day, even when [breathing is easy|feeling well], and have
                the inhaler technique [checked|watched]. [Keep away from|Avoid] known triggers and all smoke, [carry
                the reliever|have the reliever at hand], follow the action plan and [ask about|consider] a yearly flu
                vaccination.""",
        },
    ),
    "heart disease": Topic(
        names=("coronary heart disease", "coronary artery disease"),
        facts={
            "overview": """[In coronary heart disease|In coronary disease] fatty deposits tighten the vessels that
                [feed|nourish] the heart. [Less blood gets through|Too little blood gets through], above all during
                effort. [If a deposit tears|Should a deposit tear], a clot may block the vessel [entirely|fully], and
                that is a heart attack.""",
            "symptoms": """[Angina is typical|The typical sign is angina]: pressure behind the breastbone during
                effort, easing with rest, [sometimes felt|perhaps felt] in arm, jaw or back. [Breathlessness and
                fatigue|Short breath and fatigue] occur too, [especially|more often] in women. Pain that persists, with
                sweating or nausea, [needs an ambulance|means calling an ambulance] at once.""",
            "causes": """[Atherosclerosis|Fatty hardening of the arteries] is the [cause|root]. [It is driven|It is
                pushed on] by smoking, high LDL cholesterol, raised blood pressure, diabetes, excess weight and
                [sitting much|inactivity]. Age, male sex and [early heart trouble|heart trouble at a young age] in
                relatives [add to|increase] the danger.""",
            "diagnosis": """[A resting heart tracing|An ECG at rest] and blood tests come first; troponin rises when
                [muscle is harmed|heart muscle dies]. [Stress tests|Exercise or stress imaging] and heart ultrasound
                show how the muscle copes. [CT or catheter angiography|Angiography by CT or catheter] then
                [pictures|maps] the narrowed arteries.""",
            "treatment": """[Statins|Cholesterol-lowering statins], a blood thinner such as aspirin, and beta blockers
                or nitrates against angina are [usual|common]. [Tight arteries|Badly narrowed arteries] can be opened
                with a balloon and stent or [bypassed by surgery|bypassed in an operation]. Cardiac rehabilitation
                [helps|aids] recovery.""",
            "self-care": """[Giving up smoking|Stopping smoking] brings the greatest gain. [Walk|Walk briskly] or cycle
                on most days as [agreed with the clinic|the clinic agrees], eat fish, nuts, vegetables and olive oil
                [rather than|instead of] fatty meat, and [keep|hold] pressure and cholesterol [in range|on target].
                Take medicines [faithfully|reliably].""",
        },
    ),
    "arthritis": Topic(
        names=("osteoarthritis", "arthritis from worn joints"),
        facts={
            "overview": """[Osteoarthritis is the most common joint disease|Osteoarthritis is the most frequent joint
                disease]. [Cartilage thins|The cartilage thins], the bone beneath changes and the whole joint becomes
                [painful and stiff|sore and stiff]. [Knees, hips, hands and spine|Hands, knees, hips and spine] suffer
                most, and [it progresses|it moves on] slowly.""",
            "symptoms": """[Joints hurt|The joints hurt] when used and feel better with rest. [Morning
                stiffness|Stiffness on waking] lasts less than half an hour, [movement shrinks|movement becomes
                smaller], and a joint may creak, swell or [look knobbly|grow knobbly]. A hot, red joint with fever
                [needs care the same day|must be seen the same day].""",
            "causes": """[Age, body weight|Older age, body weight] and earlier joint injury [matter most|count most].
                [Heavy kneeling or lifting|Years of kneeling or lifting] at work, weak muscles, misaligned joints and
                family history [add to the risk|also contribute]. Women are affected [more often|more] than men,
                [particularly|above all] after the menopause.""",
            "diagnosis": """[The history|The person's account] and an examination of the joint are usually [enough|all
                that is needed]. X-rays may show a narrow gap and bony spurs, [but they match pain poorly|though they
                match the pain poorly]. [Blood tests or joint fluid|Blood or joint fluid tests] serve to [rule
                out|exclude] gout, infection or rheumatoid arthritis.""",
            "treatment": """[Exercise therapy|Guided exercise] and weight loss are the [core of care|main treatment].
                [For pain|Against pain], anti-inflammatory gel, then tablets for short spells, and [now and
                then|occasionally] a steroid injection [are used|can help]. When a worn joint [ruins sleep and daily
                life|makes daily life too hard], it can be replaced.""",
            "self-care": """[Strengthen the muscles|Train the muscles] around the joint and keep moving: swimming,
                cycling and walking [suit|are kind to] sore joints. [Each kilo lost|Every kilo lost] unloads knees and
                hips. [Warmth|A warm pack], good shoes, a stick and [pauses|rest breaks] between heavy tasks [bring
                relief|make days easier].""",
        },
    ),
    "migraine": Topic(
        names=("migraine", "migraine headache"),
        facts={
            "overview": """[Migraine is a brain disorder|Migraine is a disorder of the brain] with attacks of strong,
                throbbing headache that [last|go on for] four hours to three days. [Light, noise and movement|Movement,
                light and noise] make them worse. [Around one in four|About a quarter of] sufferers see or feel an aura
                [beforehand|first].""",
            "symptoms": """[The pain pulses|The head throbs], often on one side, with nausea and [dislike|dread] of
                light and sound. An aura may [bring|show] zigzag lines, blind spots or tingling for [up to an
                hour|under an hour]. [A sudden worst-ever headache|A headache that is sudden and the worst ever], fever
                with stiff neck, or [lasting weakness|weakness] needs urgent help.""",
            "causes": """[Inherited sensitivity|An inherited sensitivity] of brain and nerves is the basis, and
                relatives [often|frequently] have it too. [Stress, or its end|Stress or the let-down afterwards],
                missed meals, poor sleep, alcohol, bright light, weather and falling oestrogen [near periods|around
                periods] are [frequent triggers|well-known triggers].""",
            "diagnosis": """[Doctors recognise migraine|Migraine is recognised] by the story of the attacks and a
                normal nerve examination; [no blood test|no laboratory test] proves it. [A headache diary|A diary of
                headaches] shows pattern and triggers. [Brain scans|Scans] are kept for unusual features, [such as|for
                instance] a first attack late in life.""",
            "treatment": """[Early in an attack|At the start of an attack], ordinary painkillers, triptans and medicine
                against nausea are [used|taken]. [If attacks are frequent|When attacks come often], preventives such as
                beta blockers, topiramate or CGRP antibodies [reduce them|make them rarer]. Painkillers on too many
                days [cause headaches themselves|lead to more headaches].""",
            "self-care": """[Regular sleep|Steady sleep], meals, drinking and exercise [calm|settle] an excitable
                brain. [During an attack|When it strikes], rest in a dark, quiet room [with a cold cloth|with something
                cold on the forehead]. [Note triggers|Write down triggers] in a diary, learn a [relaxation method|way
                to relax] and count the days with painkillers.""",
        },
    ),
    "kidney disease": Topic(
        names=("chronic kidney disease", "CKD"),
        facts={
            "overview": """[Chronic kidney disease means|The term chronic kidney disease means] that the kidneys have
                been damaged or have filtered poorly for [at least three months|three months or more]. [Waste and
                water|Wastes and fluid] then build up. [Stages are graded|Doctors grade it] by filtration rate and
                protein in the urine, and [only a minority|few people] ever need dialysis.""",
            "symptoms": """[Early stages|The early stages] cause no complaints. [Later on|In late stages] there may be
                swollen ankles, tiredness, itching, poor appetite, cramps and [more urine at night|getting up at night
                to pass urine]. [Foamy urine|Froth in the urine] hints at protein, and [breathlessness|shortness of
                breath] can mean trapped fluid.""",
            "causes": """[Diabetes and high blood pressure|High blood pressure and diabetes] lead the list. [Other
                reasons are|Then come] inflamed filters, inherited cysts, blocked urine flow, repeated infections and
                [long use of some painkillers|years of certain painkillers]. Age, heart disease and smoking [make it
                likelier|raise the odds].""",
            "diagnosis": """[A blood test for creatinine|Creatinine in the blood] gives the estimated filtration rate,
                and a urine test [measures|looks for] albumin. [Both are repeated|The two are repeated] after three
                months to show that the change [lasts|is lasting]. [Ultrasound|An ultrasound scan] shows size and
                blockage; [at times|sometimes] a biopsy follows.""",
            "treatment": """[The aim is to slow the loss|Treatment tries to slow the loss] of kidney function: ACE
                inhibitors or angiotensin blockers, SGLT2 inhibitors, and [well-controlled|good control of] pressure
                and sugar. [Anaemia and bone changes|Bone changes and anaemia] are treated too. [At the last stage|If
                the kidneys fail], dialysis or a transplant [takes over|replaces them].""",
            "self-care": """[Keep|Hold] pressure and sugar at the agreed level, cut down salt and [do not smoke|give up
                smoking]. [Ask before buying|Check before taking] ibuprofen-like painkillers or herbal products. [Get
                advice|Ask a dietitian] before changing protein, potassium or fluids, and [attend|go to] the regular
                blood and urine [checks|tests].""",
        },
    ),
    "COPD": Topic(
        names=("COPD", "chronic obstructive pulmonary disease"),
        facts={
            "overview": """[COPD is a lung disease|COPD describes lungs] in which airways stay narrowed and air sacs
                are [destroyed|lost], so emptying the chest is [hard|difficult]. [It joins|The term joins] chronic
                bronchitis and emphysema. The damage [is permanent|cannot be undone], yet it can be [slowed|held
                back].""",
            "symptoms": """[Cough with phlegm|A cough bringing up phlegm] on most days, breathlessness that slowly
                [worsens|gets worse], and frequent chest infections are [typical|common]. [In flare-ups|During
                flare-ups] the sputum thickens or changes colour. [Blue lips|Bluish lips], drowsiness or gasping at
                rest [call for|require] emergency help.""",
            "causes": """[Tobacco smoke|Smoking] is by far the main cause. [Dust and fumes|Fumes and dust] at work,
                smoke from indoor cooking fires, [dirty air|polluted air] and poor lung growth in childhood
                [contribute|play a part]. [A few people|Some people] inherit a lack of alpha-1 antitrypsin and [fall
                ill young|become ill early].""",
            "diagnosis": """[Spirometry after a bronchodilator|A spirometer test after a bronchodilator] is decisive:
                the share of breath expelled within one second [stays|remains] low. [Chest X-ray or CT|X-ray or CT
                pictures], oxygen level and [blood count|a blood count] look for [other explanations|other illness],
                and young patients are tested for [the inherited form|the inherited type].""",
            "treatment": """[Long-acting inhalers|Inhalers with long action] that widen the airways are the
                [basis|mainstay]; inhaled steroids are added for [some|certain] patients. [Lung
                rehabilitation|Pulmonary rehabilitation] improves stamina. [Flare-ups may need|For flare-ups there are]
                steroid tablets or antibiotics, and blood that stays low in oxygen [calls for|is met with] oxygen at
                home.""",
            "self-care": """[Stopping smoking|Quitting smoking] does more than any medicine [to save the lungs|for the
                lungs]. [Stay active|Keep active] within your breath, [learn|practise] pursed-lip breathing, and get
                flu, pneumococcal and [other advised|recommended] vaccinations. [Have a plan|Keep a plan] for flare-ups
                and [eat enough|eat well enough] to hold your weight.""",
        },
    ),
    "hypothyroidism": Topic(
        names=("hypothyroidism", "an underactive thyroid"),
        facts={
            "overview": """[In hypothyroidism|With hypothyroidism] the thyroid, a gland low in the neck,
                [makes|produces] too little hormone. [Thyroid hormone sets the pace|Its hormone sets the pace] of the
                whole metabolism, so body and mind [slow down|run slowly]. [It is common|This is common], above all in
                women, and [very treatable|easy to treat].""",
            "symptoms": """[Tiredness|Fatigue], feeling cold, weight gain, constipation, dry skin, [thin hair|hair
                loss] and low mood creep in [over months|little by little]. [Heavy periods|Heavier periods], a slow
                pulse and [poor memory|forgetfulness] may join them. Because [such complaints|these signs] are vague,
                they are [easily put down|often put down] to ageing.""",
            "causes": """[Hashimoto's disease|Hashimoto's thyroiditis], where the body's own defence destroys the
                gland, is the [leading|commonest] cause where iodine is plentiful. [Elsewhere|In other regions] iodine
                deficiency [leads|comes first]. Thyroid surgery, radioiodine, lithium, amiodarone and, [rarely|seldom],
                a pituitary fault [also cause it|can do it too].""",
            "diagnosis": """[A blood sample|One blood sample] settles it: TSH is raised and free T4 is low when the
                gland [itself fails|fails]. [Antibodies against thyroid peroxidase|Thyroid peroxidase antibodies] point
                to the autoimmune kind. [If only TSH is high|A high TSH alone] is called subclinical and [is tested
                again|gets rechecked].""",
            "treatment": """[Levothyroxine tablets|Tablets of levothyroxine] replace the missing hormone,
                [usually|mostly] for life. [TSH is checked|Doctors check TSH] some weeks after each change and then
                [yearly|once a year]. [In pregnancy|During pregnancy] the need rises, and in [older people or heart
                patients|elderly or heart patients] treatment [starts low|begins cautiously].""",
            "self-care": """[Take the tablet|Swallow the tablet] daily at a fixed hour, before eating and with plain
                water, and [keep it apart|hours apart] from iron, calcium and coffee. [Do not stop|Never stop] when you
                feel well. [Go to blood tests|Have the blood tests], avoid iodine or seaweed [supplements|pills], and
                [report|mention] a planned pregnancy early.""",
        },
    ),
    "anaemia": Topic(
        names=("iron-deficiency anaemia", "iron-deficiency anemia", "anaemia due to low iron"),
        facts={
            "overview": """[In iron-deficiency anaemia|With this anaemia] the body lacks the iron it needs for
                haemoglobin, the [red pigment|red protein] that carries oxygen. [Red cells turn out|The red cells
                become] small and pale, and tissues [get|receive] less oxygen. No other anaemia is so
                [common|widespread] across the world.""",
            "symptoms": """[Tiredness, pale skin|Pale skin, tiredness], a racing heart and short breath on exertion are
                [usual|common]. [Brittle nails|Nails that break], sore tongue, hair loss, restless legs and a craving
                for ice [may appear|can occur]. [Black stools|Tarry stools], fainting or chest pain [should be
                seen|must be seen] urgently.""",
            "causes": """[Iron is lost|The body loses iron] by bleeding, [chiefly|mostly] heavy periods or unnoticed
                bleeding in stomach and bowel. [Pregnancy and growth|Growth and pregnancy] use up more. [Too little in
                food|A diet poor in iron], coeliac disease, stomach surgery or [acid blockers|acid-lowering medicines]
                can [limit|reduce] the intake.""",
            "diagnosis": """[A blood count|The blood count] shows low haemoglobin and small red cells, and low ferritin
                [confirms|shows] empty iron stores. [Inflammation can hide|Inflammation may mask] a low ferritin, so
                transferrin saturation [helps|is added]. In men and after the menopause, doctors [look for
                bleeding|search for bleeding] in the gut.""",
            "treatment": """[Iron tablets|Iron pills], continued for some months after haemoglobin is normal,
                [refill|fill up] the stores. [If they upset the gut|Where tablets are not tolerated] or fail, iron goes
                [into a vein|through a drip]. [The cause of the loss|Whatever caused the loss] is treated as well, and
                transfusion is [for severe cases|kept for severe cases].""",
            "self-care": """[Eat|Choose] iron-rich food such as lean red meat, fish, lentils, beans and leafy greens.
                [Fruit with vitamin C|Vitamin C from fruit] helps the gut take iron up, [while tea and coffee|but
                coffee and tea] at meals [hold it back|hinder it]. Keep iron tablets away from children, and [do not
                treat|never treat] yourself without a [test|blood test].""",
        },
    ),
}

HEALTHCARE = Bank(
    notice="Synthetic sample; general information, not medical advice.",
    topics=_TOPICS,
    aspects=ASPECTS,
    frames=FRAMES,
)
