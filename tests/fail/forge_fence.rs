use job_executor_service::network::Fence;

fn main() {
    let _ = Fence { rules: Vec::new(), hash: String::new() };
}
