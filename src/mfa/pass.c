#include <string.h>

#include "mfa/pass.h"

void
pass_open(struct ledger_pass *pass, const struct secret *hash, int64_t now,
    int64_t seconds, uint32_t uses)
{
	_Static_assert(sizeof(pass->hash) <= SECRET_SIZE, "a hash fits");
	memcpy(pass->hash, hash->bytes, sizeof(pass->hash));
	pass->since = now;
	pass->expires = now + seconds;
	pass->uses = uses;
}

void
pass_close(struct ledger_pass *pass)
{
	*pass = (struct ledger_pass){ .uses = 0 };
}

bool
pass_is_open(const struct ledger_pass *pass, int64_t now)
{
	return pass->uses > 0 && now >= pass->since && now < pass->expires;
}

void
pass_use(struct ledger_pass *pass)
{
	if (pass->uses > 1)
		pass->uses--;
	else
		pass_close(pass);
}

static void
see(struct ledger_pass *pass, int64_t now)
{
	if (pass->uses > 0 && now >= pass->expires)
		pass_close(pass);
	else if (pass->uses > 0 && now > pass->since)
		pass->since = now;
}

void
pass_see(struct ledger_record *record, int64_t now)
{
	see(&record->grant, now);
	see(&record->invite, now);
}
