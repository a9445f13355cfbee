use job_executor_service::manifest::Draft;

fn job(draft: Draft) -> serde_json::Value {
    draft.into_job()
}

fn main() {}
