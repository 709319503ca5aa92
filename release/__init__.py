"""Makes what a release consists of beside sdist and wheel; uploads and tags nothing."""
