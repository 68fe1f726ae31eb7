"""With which three letters each pattern of approval.py can begin, those that approve first, as
tests/formats/beginnings.py makes it; fewer where the match can end after them."""

# fmt: off
BEGINNINGS = (
    "acc all alr ama app awe bea bet bri cle con coo cor ele exc fai fan fin goo gre hel imp leg lov muc "
    "nea nic obv ok oka per pla pro qui rea rig san sat sen sim sol sou spo str sup tid use val ver wel "
    "won",
    "fee is_ loo rea see sou",
    "suc wha",
    "acc all alr ama app awe bea bet bri cle con coo cor ele exc fai fan fin goo gre hel imp leg lov muc "
    "nea nic obv ok, ok_ oka per pla pro qui rea rig san sat sen sim sol sou spo str sup tid use val ver "
    "wel won",
    "+1 ack bra cha con hat hoo kud lgt ltg nac sgt shi wfm yay",
    "agr com ful i_a i_c i_f i_t it_ str thi tot",
    "and it_ mak tha thi whi",
    "ans cla exp it_ tha thi",
    "all boo bot bui com eve it_ my_ pas run sti tes tha the thi whi wor",
    "fin goo gre it_ ok_ oka tha thi wor",
    "i'v i_h i_i i_r i_s i_t i_w re- rei rer res ret rew suc tes we' we_",
    "als app do_ enj i_a i_d i_e i_l i_q i_r i_v lik lov qui rea ver we_",
    "am_ del fin gla goo gre hap i'm im_ nic ok_ ple rea so_ ver",
    "_an _no any can did do_ don fou hav i__ i_a i_c i_d i_f i_h i_n i_s no_ see spo we_",
    "hav i_h i_n not we_",
    "can cou i_c",
    "can cou i_c no_ not",
    "do_ fee ple you",
    "a_a a_r a_t ack an_ con has hav her it_ my_ r-b rb rb_ rev tes wit you",
    "for",
    "goi hap i'l i'm i_c i_w ill im_ we' wel wil",
    "cor fin goo gre int nic rig",
    "abs agr ah aha cer cor dea def don exa got i_s i_u ind not of_ oh ohh ok_ pre rig rog sur tot tru "
    "und yea yep yes yup",
    "all are bot eve i'm i_a im_ is_ it' it_ its tha the thi was we' we_ wer you",
    "it' its tha thi",
    "ah, ah_ i_h i_m i_o mis oh, oh_ ove sor",
    "dis fal i_s i_w ign mea my_ nev nvm ple scr sor",
    "adj ame i'v i_a i_h i_u upd",
    "app mer pic pus que tak",
    "bui cha cod dri fix it_ mig my_ pat ser set the thi wor",
    "fee i'l i_w ill ple",
    "fee ok, ok_ sur yea yes",
    "i_t thi yep",
    "i_t it_ tha thi",
    "eve fee ple",
    "not",
    "bui the",
    "as_ i_r i_s i_u lik sam",
    "i'v i_a i_h i_j i_m i_n i_p i_q i_t we' we_",
    "cle gre nea nic ver wel",
    "hav i_h i_r i_s i_t re- rer res ret suc tes we_",
    "con i_c i_h",
    "it_ tha thi whi",
    "for i'm i_r i_w im_ not ple",
    "bot eit kee lea tha",
    "as_ eit goo let no_ up_ you",
    "loo see sou",
    "apa asi bes exc gen in_ oth ove",
    "a_b a_c a_d a_g a_h a_n a_r all an_ bes big cle def don eas far gre hug muc nic rea sho sim way",
    "i'm i'v i_a i_h i_w im_ ive we_",
    "and but i'l i_w ill let so_ we' we_ wel wil",
    "apo sor",
    "apo sor",
    "i_a i_c i_g i_w",
    "add i'v i_a i_h i_j i_l i_m i_o jus lef mad onl",
    "ple see",
    "a_l and big che coo gre hug lot man muc ok_ tha thx tia tnx ty ty_",
    "apo my_ sor",
    "dea hel hey hi hi_",
    "hav no_ you",
    "dif hen in_ oth the",
    "for",
    "as_",
    "and but yea",
    "wit",
    "by_ for fro to_ wit",
    "afa as_ btw e.g fro fwi fyi i.e i_b i_g i_m i_s i_t i_w iiu imh imo in_",
    "aft aga alr als any as_ at_ eit fin for her in_ lik now on_ so_ sti the thi too",
    "a abs act all am an and are as bas be bee bot cer def do doe eve fai for had has hav i i'm im in "
    "ind is it it' its jus me mor mos muc my of on one or per pre qui rat rea so suc sup tha the thi tho "
    "to tot ver was way we wel you",
    "a_a a_b a_c a_d a_e a_f a_h a_i a_j a_k a_l a_m a_n a_o a_p a_r a_s a_t a_u a_v a_w a_y all an_ bot "
    "cod eve my_ of_ pat ser stu suc tes tha the thi tho v0 v00 v01 v02 v03 v04 v05 v06 v07 v08 v09 v1 "
    "v10 v11 v12 v13 v14 v15 v16 v17 v18 v19 v2 v20 v21 v22 v23 v24 v25 v26 v27 v28 v29 v3 v30 v31 v32 "
    "v33 v34 v35 v36 v37 v38 v39 v4 v40 v41 v42 v43 v44 v45 v46 v47 v48 v49 v5 v50 v51 v52 v53 v54 v55 "
    "v56 v57 v58 v59 v6 v60 v61 v62 v63 v64 v65 v66 v67 v68 v69 v7 v70 v71 v72 v73 v74 v75 v76 v77 v78 "
    "v79 v8 v80 v81 v82 v83 v84 v85 v86 v87 v88 v89 v9 v90 v91 v92 v93 v94 v95 v96 v97 v98 v99 you",
    "ah aha all boy dud eve fol gee guy ha hah heh hey hm man oh phe sir tea wel wow",
    "0- 00 01 02 03 04 05 06 07 08 09 1- 10 11 12 13 14 15 16 17 18 19 2- 20 21 22 23 24 25 26 27 28 29 "
    "3- 30 31 32 33 34 35 36 37 38 39 4- 40 41 42 43 44 45 46 47 48 49 5- 50 51 52 53 54 55 56 57 58 59 "
    "6- 60 61 62 63 64 65 66 67 68 69 7- 70 71 72 73 74 75 76 77 78 79 8- 80 81 82 83 84 85 86 87 88 89 "
    "9- 90 91 92 93 94 95 96 97 98 99 pa v0 v1 v2 v3 v4 v5 v6 v7 v8 v9",
)
# fmt: on
