use job_executor_service::admission::Admitted;

fn main() {
    let _ = Admitted { tasks: Vec::new() };
}
