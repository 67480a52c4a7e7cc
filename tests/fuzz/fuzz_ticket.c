/*
 * What the PAM environment has as AWSMFA_TICKET. The first octet of an input is
 * '1' where the rest is to have a MAC that is right put after it, as only the
 * endpoint can, and '0' where it is taken as it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "mfa/ticket.h"
#include "store/seal.h"

#define NOW	1000	/* seconds since boot */
#define BOOT	"11111111-1111-4111-8111-111111111111"

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 2000;

static int64_t
boottime(void *ctx)
{
	(void)ctx;
	return NOW;
}

static bool
boot_id(void *ctx, char ret[static BOOT_ID_SIZE])
{
	(void)ctx;
	strcpy(ret, BOOT);
	return true;
}

static const struct world world = { .boottime = boottime, .boot_id = boot_id };
static struct store store = { .world = &world, .key = { .len = 32 } };
static const struct mfa_context ctx = { .store = &store, .world = &world };
static const struct ticket_process caller = { 301, 70001 };

/* As ticket.c has it: over this boot and the text. */
static void
put_mac(char *text, size_t len)
{
	char data[BOOT_ID_SIZE + TICKET_SIZE];
	struct mfa_error err;

	strcpy(data, BOOT);
	memcpy(data + strlen(BOOT), text, len);
	must(seal_keyed_hash(&store.key, "ticket", data, strlen(BOOT) + len,
	    text + len, &err) == MFA_OK);
}

static bool
opens(const char *text, const char *service,
    const struct ticket_process *process, struct ticket *ret)
{
	struct mfa_error err;
	enum mfa_code code;

	code = ticket_open(&ctx, text, service, process, ret, &err);
	must(code == MFA_OK || code == MFA_ACCESS_DENIED);
	return code == MFA_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct ticket_process other = { 302, 70001 };
	char text[TICKET_SIZE + HASH_NAME_SIZE] = "";
	struct ticket ticket;
	size_t used = len - 1;

	fuzz_accepted = false;
	if (len == 0 || used >= TICKET_SIZE ||
	    memchr(data + 1, '\0', used) != NULL)
		return 0;
	memcpy(text, data + 1, used);
	if (data[0] == '1' && used + HASH_NAME_SIZE <= TICKET_SIZE)
		put_mac(text, used);
	if (!opens(text, "sshd", &caller, &ticket))
		return 0;
	fuzz_accepted = true;
	must(strcmp(ticket.service, "sshd") == 0);
	must(ticket.user.name[0] != '\0' && ticket.proof.kind <= PROOF_GRANT);
	must(ticket.issued <= NOW && ticket.issued >= NOW - TICKET_SECONDS);
	must(!opens(text, "login", &caller, &ticket));
	must(!opens(text, "sshd", &other, &ticket) ||
	    ticket.parent.pid == other.pid || ticket.caller.pid == other.pid);
	/* Its MAC is all that makes it one. */
	text[strlen(text) - 1] ^= 1;
	must(!opens(text, "sshd", &caller, &ticket));
	return 0;
}
