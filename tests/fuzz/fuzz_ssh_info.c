/*
 * What the PAM environment has as SSH_AUTH_INFO_0. The first octet of an input
 * is the settings for the service and the phase, as below; the rest is the
 * variable's value.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "mfa/ssh_info.h"

#define VERIFIED	1
#define PASSWORD	2
#define SINGLE		4
#define IN_STACK	8
#define OURS		0x11	/* each octet of our key */

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 2000;

static void
set(struct service_list *list, bool has)
{
	list->count = has;
	strcpy(list->names[0], "sshd");
}

static enum mfa_code
judge(uint8_t how, const char *lines, const struct device **ret)
{
	static struct fido_credential key = { .rp_id = "ssh:",
		.algorithm = FIDO_EDDSA, .format = FIDO_SSH, .key_len = 32 };
	static struct device ours = { .type = DEVICE_SECURITY_KEY,
		.credential = &key };
	static const struct device_list devices = { .count = 1,
		.devices = { &ours } };
	static struct settings settings;
	const struct ssh_info info = { .service = "sshd", .lines = lines,
		.in_stack = how & IN_STACK };
	struct mfa_error err;
	enum mfa_code code;

	memset(key.key, OURS, key.key_len);
	set(&settings.ssh_verified_keys, how & VERIFIED);
	set(&settings.password_services, how & PASSWORD);
	set(&settings.single_factor_ok, how & SINGLE);
	code = ssh_info_judge(&settings, &devices, &info, ret, &err);
	must(code == MFA_OK || code == MFA_ACCESS_DENIED);
	must(code == MFA_OK || err.detail[0] != '\0');
	must(code != MFA_OK || *ret == &ours);
	return code;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct device *device = NULL;
	char *lines;

	fuzz_accepted = false;
	if (len == 0 || memchr(data + 1, '\0', len - 1) != NULL)
		return 0;
	if ((lines = malloc(len)) == NULL)
		abort();
	memcpy(lines, data + 1, len - 1);
	lines[len - 1] = '\0';
	fuzz_accepted = judge(data[0], lines, &device) == MFA_OK;
	if (fuzz_accepted) {
		must(data[0] & VERIFIED);
		must(strstr(lines, "publickey sk-ssh-ed25519") != NULL);
		/* More than one line, or an administrator who said so. */
		must(data[0] & SINGLE || strchr(lines, '\n') != NULL ||
		    (data[0] & PASSWORD && data[0] & IN_STACK));
		must(judge(data[0] & ~VERIFIED, lines, &device) != MFA_OK);
		must(judge(data[0] | SINGLE, lines, &device) == MFA_OK);
	}
	free(lines);
	return 0;
}
