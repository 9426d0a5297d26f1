-- Whoever came by a link can be forgotten: their visits keep a pseudonym, and are over.
grant update (email, address, expires_at) on share_visit to app;
