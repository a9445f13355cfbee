use job_executor_service::admission::Admitted;

fn twice(admitted: &Admitted) -> Admitted {
    admitted.clone()
}

fn main() {}
