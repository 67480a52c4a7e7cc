/*
 * What an SSH agent says. The first octet of an input chooses what it is read
 * as: even, a list of keys; odd, a signature. The rest is the whole message,
 * its length first.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fido/agent_message.h"
#include "tests/fuzz/fuzz.h"

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 2000;

/* Reads every octet too, so that a sanitizer sees those that are not there. */
static void
check_within(const struct ssh_octets *octets, const uint8_t *answer,
    size_t len)
{
	static volatile uint8_t sum;
	size_t i;

	must(octets->bytes >= answer && octets->len <= len);
	must((size_t)(octets->bytes - answer) <= len - octets->len);
	for (i = 0; i < octets->len; i++)
		sum = (uint8_t)(sum + octets->bytes[i]);
}

static bool
try_identities(const uint8_t *answer, size_t len)
{
	struct agent_identities keys;
	struct mfa_error err;
	size_t i, total = 5;

	if (agent_read_identities(answer, len, &keys, &err) != MFA_OK)
		return false;
	must(keys.count <= AGENT_IDENTITIES_MAX);
	for (i = 0; i < keys.count; i++) {
		check_within(&keys.keys[i], answer, len);
		total += 8 + keys.keys[i].len;
	}
	must(total <= len);
	return true;
}

static bool
try_signature(const uint8_t *answer, size_t len)
{
	struct ssh_octets signature;
	struct mfa_error err;

	if (agent_read_signature(answer, len, &signature, &err) != MFA_OK)
		return false;
	check_within(&signature, answer, len);
	must(signature.len > 0 && signature.len <= AGENT_SIGNATURE_MAX);
	must(signature.len + 5 == len);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mfa_error err;
	size_t announced;

	fuzz_accepted = false;
	if (len < 1 + AGENT_LENGTH_SIZE ||
	    agent_read_length(data + 1, &announced, &err) != MFA_OK)
		return 0;
	must(announced > 0 && announced <= AGENT_ANSWER_MAX);
	if (announced != len - 1 - AGENT_LENGTH_SIZE)
		return 0;
	fuzz_accepted = data[0] % 2 == 0
	    ? try_identities(data + 1 + AGENT_LENGTH_SIZE, announced)
	    : try_signature(data + 1 + AGENT_LENGTH_SIZE, announced);
	return 0;
}
