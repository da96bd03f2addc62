"""One file of each kind that the billing system is loaded from: two subscribers and what is theirs."""

from __future__ import annotations

ANNA, BERT = "13600000001", "13600000002"
CARD = "501000000000000014"
FILES = {
    "products": "id,title,fee,charged\ncrbt,彩铃,5,at once\ngprs,手机上网,0,\n",
    "subscribers": "number,brand,city,pays,balance,password,opened,puk\n"
    f"{BERT},神州行,株洲,after,-3.5,,,\n{ANNA},全球通,长沙,before,52.35,258036,gprs,12345678\n",
    "usage": f"number,month,plan,voice\n{ANNA},0,18,2.5\n{ANNA},1,58,31.2\n{BERT},1,0,9\n",
    "sp": "number,id,name,provider,code,fee,category\n"
    f"{ANNA},s2,乙,湘,10660012,8,WAP\n{ANNA},s1,甲,湘,1,5,WAP\n",
    "payments": f"number,at,amount,way\n{ANNA},2026-11-02 08:00,50,营业厅\n",
    "details": f"number,at,kind,quantity,fee\n{ANNA},2026-11-02 08:00,voice,61,0.4\n",
    "allowances": f"number,plan,kind,total,used\n{ANNA},全球通58,voice,150,20\n",
    "holdings": f"number,product,since\n{BERT},gprs,2026-01-05\n",
    "cards": f"card,face\n{CARD},50\n",
    "rewards": "id,title,points,worth\nr10,十元话费,840,10\n",
    "segments": "prefix,province,city,area code,operator\n1360000,湖南,长沙,0731,移动\n",
    "halls": "city,name,address,phone,hours\n"
    "长沙,五一路厅,五一大道1号,0731-1,8-18点\n长沙,旧厅,旧街,0731-2,8-18点\n",
}
