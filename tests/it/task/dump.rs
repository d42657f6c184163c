//! Seeing the tree, and values that come with a job.

#![forbid(unsafe_code)]

use strait::task::{self, ContextKey, Dispatcher, ScopeBuilder};

use super::world::{Census, ok, sleep_ms, sleeper, until};

/// J27, V8: every live job, with its place; those that have ended vanish.
#[test]
fn a_dump_shows_the_tree() {
    ok(|_| async move {
        let scope = ScopeBuilder::new().name("dump-http").open(|s| async move {
            let census = Census::default();
            let pump = s.launch(sleeper(census.guard())).name("dump-\"pump\"").job();
            for _ in 0..50 {
                s.launch(sleeper(census.guard()));
            }
            let guard = census.guard();
            s.launch(async move {
                let inner = ScopeBuilder::new().name("dump-inner").open(|s| async move {
                    s.launch(async move { task::shield(sleep_ms(40)).await }).name("dump-flush");
                    sleeper(guard).await;
                });
                drop(inner.await);
            });
            until(|| census.live() == 52).await;
            sleep_ms(5).await;
            let text = task::dump().to_string();
            assert!(text.contains("dump-http") && text.contains("  - dump-\"pump\""), "{text}");
            assert!(text.contains("- 50 of ") && text.contains("dump.rs:"), "{text}");
            let (outer, inner) =
                (text.find("dump-http").unwrap(), text.find("dump-inner").unwrap());
            assert!(outer < inner, "{text}");
            let json: serde_json::Value = serde_json::from_str(&task::dump().json()).unwrap();
            assert_eq!(json["name"], "root");
            pump.cancel_and_join("seen").await;
            assert!(!task::dump().to_string().contains("pump"));
            s.cancel("slowly");
            let text = task::dump().to_string();
            assert!(text.contains("cancelled: requested: slowly"), "{text}");
            assert!(text.contains("shielded, cancelled: the parent was cancelled"), "{text}");
        });
        assert!(scope.await.is_ok());
        assert!(!task::dump().to_string().contains("dump-"));
    });
}

static INHERITED: ContextKey<&str> = ContextKey::inherited();
static OWN: ContextKey<&str> = ContextKey::own();

/// T20: each key says whether jobs inherit its value.
#[test]
fn values_are_inherited_as_their_key_says() {
    ok(|s| async move {
        assert_eq!((INHERITED.get(), OWN.get()), (None, None));
        let seen = INHERITED.with(
            "outer",
            OWN.with("mine", async {
                assert_eq!((INHERITED.get(), OWN.get()), (Some("outer"), Some("mine")));
                assert_eq!(INHERITED.with("inner", async { INHERITED.get() }).await, Some("inner"));
                assert_eq!(INHERITED.get(), Some("outer"), "it is back");
                task::yield_now().await;
                assert_eq!(OWN.get(), Some("mine"), "after an await as well");
                let pool = Dispatcher::pool("keys", 1);
                let there = task::with_context(&pool, async { (INHERITED.get(), OWN.get()) }).await;
                assert_eq!(there, (Some("outer"), None));
                let scope = task::scope(|s| async move {
                    let deep = s.spawn(async {
                        let scope = task::scope(|s| async move {
                            s.spawn(async { (INHERITED.get(), OWN.get()) }).await
                        });
                        OWN.with("deep", scope).await.unwrap()
                    });
                    deep.await
                });
                scope.await.unwrap()
            }),
        );
        assert_eq!(seen.await, (Some("outer"), None));
        assert_eq!(s.spawn(async { INHERITED.get() }).await, None);
    });
}
