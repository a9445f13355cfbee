use job_executor_service::manifest::Bundle;
use job_executor_service::plan::TaskPlan;

fn job(plan: TaskPlan) -> Bundle {
    Bundle::render(plan)
}

fn main() {}
