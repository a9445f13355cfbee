use job_executor_service::admission::Admitted;

fn main() {
    let _: Result<Admitted, _> = serde_json::from_str("{}");
}
