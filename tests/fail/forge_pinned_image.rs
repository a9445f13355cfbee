use job_executor_service::admission::PinnedImage;
use job_executor_service::image::Digest;

fn forge(digest: Digest) -> PinnedImage {
    PinnedImage { pinned: "evil.example/x".to_owned(), digest }
}

fn main() {}
