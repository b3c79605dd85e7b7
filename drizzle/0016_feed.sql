revoke all on all functions in schema posthorn from public;
