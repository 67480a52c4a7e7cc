#include <stdio.h>
#include <string.h>

#include "mfa/ssh_signer.h"

#define TRIES 3

/* Where ssh-keygen puts a key of this type, as long as it isn't told. */
static const char *
file_of(enum fido_algorithm algorithm)
{
	switch (algorithm) {
	case FIDO_ES256:
		return "~/.ssh/id_ecdsa_sk";
	case FIDO_EDDSA:
		return "~/.ssh/id_ed25519_sk";
	}
	return "KEY";
}

void
ssh_signer_command(enum fido_algorithm algorithm, const char *challenge,
    char ret[static SSH_SIGNER_COMMAND_SIZE])
{
	(void)snprintf(ret, SSH_SIGNER_COMMAND_SIZE,
	    "printf %%s '%s' | ssh-keygen -Y sign -n " SSHSIG_NAMESPACE
	    " -f %s -",
	    challenge, file_of(algorithm));
}

static enum mfa_code
ask(const struct person *person, struct sshsig *ret, struct mfa_error *err)
{
	_cleanup_(secret_text_wipe) struct secret_text answer = { "" };
	enum mfa_code code;

	code = person->ask_text(person->ctx, SSH_SIGNER_PROMPT, &answer, err);
	if (code != MFA_OK)
		return code;
	return sshsig_parse_text(answer.text, strlen(answer.text), ret, err);
}

static enum mfa_code
sign_by_hand(void *ctx, const struct fido_credential *key,
    const char *challenge, const struct person *person, struct sshsig *ret,
    struct mfa_error *err)
{
	char command[SSH_SIGNER_COMMAND_SIZE];
	enum mfa_code code;
	unsigned i;

	(void)ctx;
	ssh_signer_command(key->algorithm, challenge, command);
	code = person->show(person->ctx,
	    "Run this where your key is (after -f: its file there), tap the "
	    "key, and paste what is printed:",
	    err);
	if (code == MFA_OK)
		code = person->show(person->ctx, command, err);
	if (code != MFA_OK)
		return code;
	for (i = 1;; i++) {
		code = ask(person, ret, err);
		if (code != MFA_ACCESS_DENIED || i == TRIES)
			return code;
		code = person->show(person->ctx, mfa_error_text(err), err);
		if (code != MFA_OK)
			return code;
	}
}

const struct ssh_signer ssh_signer_by_hand = { .sign = sign_by_hand };
