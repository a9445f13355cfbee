use job_executor_service::admission::AdmittedTask;
use job_executor_service::manifest::Bundle;

fn twice(task: AdmittedTask) -> (Bundle, Bundle) {
    (Bundle::render(task), Bundle::render(task))
}

fn main() {}
