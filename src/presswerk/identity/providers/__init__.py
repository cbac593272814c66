"""Identity providers as Presswerk administers them: what a tenant needs there is made, kept right and removed."""
