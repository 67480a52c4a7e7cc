#include <stdio.h>
#include <string.h>

#include <unistd.h>

#include "endpoint/agent_signer.h"
#include "endpoint/prove_ssh.h"

#define SIGNATURE_LEAST	100 /* octets; codes of any kind are far shorter */
#define ONE_LINE	" | tr -d '\\n'" /* prompts take no more of a paste */
#define HAND_SENTENCE						\
	"Or run this where your SSH key is (its file is after -f), "	\
	"tap the key, and paste what is printed:"

/* As struct ssh_ways has it: which keys an agent has is its own word. */
static enum mfa_code
find_agents(const struct proving *proving, const struct signin *signin,
    struct ssh_ways *ways, struct mfa_error *err)
{
	const struct person person = person_of(proving->person);
	const struct agent_signer signer = { .fd = proving->agent,
		.deadline = wire_now() + AGENT_LIST_MS };
	enum mfa_code code;

	code = agent_signer_find(&signer, &person, signin_devices(signin),
	    ways->found, &ways->count, err);
	if (code == MFA_OK || code == MFA_REQUEST_ABORTED)
		return code;
	log_problem("user %s: %s", proving->subject->user, mfa_error_text(err));
	return MFA_OK;
}

static const struct device *
first_ssh_key(const struct device_list *devices)
{
	size_t i;

	for (i = 0; i < devices->count; i++) {
		if (device_is_ssh_key(devices->devices[i]))
			return devices->devices[i];
	}
	return NULL;
}

/* The challenge of this sign-in, which says what it is for. */
static enum mfa_code
make_challenge(const struct proving *proving, const struct signin *signin,
    char ret[static SSH_TAP_CHALLENGE_SIZE], struct mfa_error *err)
{
	const char *service = proving->subject->service;
	char host[65] = "";

	(void)gethostname(host, sizeof(host) - 1);
	return ssh_tap_challenge(proving->ctx, host, signin_user(signin)->name,
	    service != NULL ? service : "awsmfa", ret, err);
}

static enum mfa_code
show_command(const struct proving *proving, const struct signin *signin,
    const char *challenge, struct mfa_error *err)
{
	const struct person person = person_of(proving->person);
	const struct device *device = first_ssh_key(signin_devices(signin));
	char command[SSH_SIGNER_COMMAND_SIZE + sizeof(ONE_LINE)];
	enum mfa_code code;

	_Static_assert(sizeof(command) <= WIRE_STRING_MAX,
	    "a command goes in one frame");
	ssh_signer_command(device->credential->algorithm, challenge, command);
	strcat(command, ONE_LINE);
	code = person.show(person.ctx, HAND_SENTENCE, err);
	return code == MFA_OK ? person.show(person.ctx, command, err) : code;
}

enum mfa_code
ssh_ways_find(const struct proving *proving, const struct signin *signin,
    struct ssh_ways *ret, struct mfa_error *err)
{
	enum mfa_code code;

	*ret = (struct ssh_ways){ .count = 0 };
	if (!signin_has_ssh_keys(signin))
		return MFA_OK;
	if (proving->has_agent &&
	    (code = find_agents(proving, signin, ret, err)) != MFA_OK)
		return code;
	if (!proving->manual)
		return MFA_OK;
	code = make_challenge(proving, signin, ret->challenge, err);
	return code != MFA_OK
	    ? code
	    : show_command(proving, signin, ret->challenge, err);
}

/* Is what failed the key's or the agent's, so that another may do? */
static bool
is_of_key(enum mfa_code code)
{
	return code == MFA_ACCESS_DENIED || code == MFA_INVALID_INPUT;
}

static enum mfa_code
prove_with(const struct proving *proving, const struct signin *signin,
    struct agent_signer *signer, const struct device *device,
    struct proof *ret_proof, struct mfa_error *err)
{
	const struct person person = person_of(proving->person);
	char challenge[SSH_TAP_CHALLENGE_SIZE];
	struct sshsig sig;
	enum mfa_code code;

	code = make_challenge(proving, signin, challenge, err);
	if (code != MFA_OK)
		return code;
	code = agent_signer_sign(signer, device->credential, challenge, &person,
	    &sig, err);
	if (code != MFA_OK)
		return code;
	return ssh_tap_verify(proving->ctx, signin_user(signin),
	    signin_devices(signin), challenge, &sig, ret_proof, err);
}

enum mfa_code
prove_by_agent(const struct proving *proving, const struct signin *signin,
    const struct ssh_ways *ways, struct proof *ret_proof, bool *ret_said,
    struct mfa_error *err)
{
	const struct person person = person_of(proving->person);
	struct agent_signer signer = { .fd = proving->agent,
		.deadline = wire_now() +
		    (int64_t)proving->settings->key_timeout * 1000 };
	enum mfa_code code = MFA_ACCESS_DENIED;
	struct mfa_error ignored;
	size_t i;

	*ret_said = false;
	for (i = 0; i < ways->count && is_of_key(code); i++) {
		if (i > 0)
			log_problem("user %s: %s", proving->subject->user,
			    mfa_error_text(err));
		code = prove_with(proving, signin, &signer, ways->found[i],
		    ret_proof, err);
	}
	proving->person->since = wire_now();
	if (!is_of_key(code))
		return code;
	*ret_said = person.show(person.ctx,
			"Not accepted: your SSH agent gave no tap of your key.",
			&ignored) == MFA_OK;
	return code;
}

bool
is_signature(const char *answer, size_t len)
{
	return len >= SIGNATURE_LEAST && memchr(answer, '\0', len) == NULL;
}

enum mfa_code
prove_by_signature(const struct proving *proving, const struct signin *signin,
    const struct ssh_ways *ways, const struct wire_frame *answer,
    struct proof *ret_proof, struct mfa_error *err)
{
	struct sshsig sig;
	enum mfa_code code;

	code = sshsig_parse_text(answer->payload, answer->len, &sig, err);
	if (code != MFA_OK)
		return code;
	return ssh_tap_verify(proving->ctx, signin_user(signin),
	    signin_devices(signin), ways->challenge, &sig, ret_proof, err);
}
