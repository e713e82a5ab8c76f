use pffkit::{damage::Findings, limits::Limits, messaging::Store, ndb::*, source::Source};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let s = Source::open(a[1].as_ref()).unwrap();
    let f = Findings::new();
    let db = Database::open(s.bytes(), Limits::default(), &f).unwrap();
    let st = Store::open(&db, None, &f);
    for n in &a[2..] {
        let nid = Nid(u32::from_str_radix(n.trim_start_matches("0x"), 16).unwrap());
        let ar = Arena::new();
        let sc = Scope { db: &db, arena: &ar, findings: &f };
        println!("== {nid}");
        match st.node_props(sc, nid) {
            Ok(p) => {
                for (t, v) in p.iter() {
                    let name = st.names.get(t.id()).map(|n| n.to_string()).unwrap_or_default();
                    let s = match v {
                        pffkit::mapi::Value::Bin(b) => {
                            format!("{}:{}", b.len(), b.iter().map(|x| format!("{x:02x}")).collect::<String>())
                        }
                        pffkit::mapi::Value::MvBin(l) => l
                            .iter()
                            .map(|b| b.iter().map(|x| format!("{x:02x}")).collect::<String>())
                            .collect::<Vec<_>>()
                            .join(" | "),
                        o => format!("{o:?}"),
                    };
                    println!("{t} {name} {}", &s.chars().take(300).collect::<String>());
                }
            }
            Err(e) => println!("{e}"),
        }
    }
    if a.len() == 2 {
        for n in db.nodes(&f) {
            println!("{} parent {} data {} sub {}", n.nid, n.parent, n.data, n.sub);
        }
    }
}
