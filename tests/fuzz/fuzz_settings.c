/* awsmfa.conf: the whole of it. */
#include <string.h>
#include <unistd.h>

#include "mfa/settings.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzzbed.h"

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 1000;

static bool
is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static void
check_services(const struct service_list *list)
{
	size_t i;

	must(list->count <= SERVICES_MAX);
	for (i = 0; i < list->count; i++) {
		must(is_text(list->names[i], sizeof(list->names[i])));
		must(settings_has_service(list, list->names[i]));
	}
}

static void
check(const struct settings *s)
{
	must(text_is_account(s->account));
	must(is_text(s->issuer, sizeof(s->issuer)));
	must(is_text(s->prompt, sizeof(s->prompt)) && s->prompt[0] != '\0');
	must(is_text(s->denied, sizeof(s->denied)));
	must(s->prompt_timeout >= 10 && s->prompt_timeout <= 300);
	must(s->conversations > 0 && s->conversations_per_user > 0 &&
	    s->user_conversations > 0);
	must(is_text(s->rp_id, sizeof(s->rp_id)) && s->rp_id[0] != '\0');
	must(s->key_timeout >= 5 && s->key_timeout <= 120);
	must(s->user_verification <= USER_VERIFICATION_REQUIRED);
	must(is_text(s->attestation_roots, sizeof(s->attestation_roots)));
	must(s->aaguid_count <= AAGUIDS_MAX);
	must(s->aaguid_count == 0 || s->attestation_roots[0] == '/');
	check_services(&s->local_services);
	check_services(&s->account_services);
	check_services(&s->ssh_verified_keys);
	check_services(&s->password_services);
	check_services(&s->single_factor_ok);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzzbed *bed = fuzzbed();
	struct settings settings;
	struct mfa_error err = { 0 };
	enum mfa_code code;

	fuzz_accepted = false;
	/* It is read from root's files alone. */
	if ((fuzz_skipped = geteuid() != 0))
		return 0;
	fuzzbed_write(bed->conf, data, len);
	code = settings_read(bed->conf, false, &settings, &err);
	must(code == MFA_OK || code == MFA_INVALID_CONFIGURATION);
	must(code == MFA_OK || strstr(err.detail, bed->conf) != NULL);
	fuzz_accepted = code == MFA_OK;
	if (fuzz_accepted) {
		check(&settings);
		must(settings_is_current(&settings, bed->conf));
	}
	return 0;
}
