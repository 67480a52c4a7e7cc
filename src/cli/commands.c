#include <string.h>

#include "cli/call.h"
#include "cli/terminal.h"

#define USER_NAME							\
	{ "user-name", "UserName", OPTION_USER, false, NULL,		\
	    "Whose device it is; the caller's where it is left out." }
#define THE_USER							\
	{ "user-name", "UserName", OPTION_USER, false, NULL,		\
	    "Which user; the caller where it is left out." }
#define SERIAL_NUMBER							\
	{ "serial-number", "SerialNumber", OPTION_STRING, true, NULL,	\
	    "The device: its ARN, or what is printed on a hardware token." }
#define TWO_CODES							\
	{ "authentication-code1", "AuthenticationCode1", OPTION_CODE,	\
	    false, NULL, "The code that the device shows (MFA code 1). " \
	    "Asked for on the\n      terminal where it is left out, which " \
	    "keeps it out of ps(1)." },					\
	{ "authentication-code2", "AuthenticationCode2", OPTION_CODE,	\
	    false, NULL, "The code that it shows next (MFA code 2)." }
#define PAGING								\
	{ "max-items", NULL, OPTION_INTEGER, false, NULL,		\
	    "How many items to print at most." },			\
	{ "starting-token", NULL, OPTION_STRING, false, NULL,		\
	    "Where to go on: the NextToken of an earlier answer." },	\
	{ "no-paginate", NULL, OPTION_FLAG, false, NULL,		\
	    "Print the first page as it came, and no other." }
#define END	{ NULL, NULL, OPTION_FLAG, false, NULL, NULL }

static const struct option_spec no_options[] = { END };

static const struct option_spec create_options[] = {
	{ "virtual-mfa-device-name", "VirtualMFADeviceName", OPTION_STRING,
	    true, NULL, "The device's name: 1 to 128 of A-Z a-z 0-9 _+=,.@-" },
	USER_NAME,
	{ "path", "Path", OPTION_STRING, false, NULL,
	    "Path in its serial number; \"/USER/\" where it is left out." },
	{ "tags", "Tags", OPTION_TAGS, false, NULL,
	    "Tags, at most 50." },
	{ "outfile", NULL, OPTION_FILE, false, NULL,
	    "A new file, 0600, for the seed; with --bootstrap-method." },
	{ "bootstrap-method", NULL, OPTION_STRING, false,
	    "QRCodePNG|QRCodeSVG|Base32StringSeed",
	    "What to write to --outfile." },
	END
};
static const struct option_spec enable_options[] = {
	USER_NAME,
	{ "serial-number", "SerialNumber", OPTION_STRING, false, NULL,
	    "The device: its ARN, or what is printed on a hardware token. "
	    "Not with\n      --type." },
	TWO_CODES,
	{ "type", "Type", OPTION_STRING, false, "security-key",
	    "A security key, enabled by a tap and no codes: in this machine, "
	    "or a\n      key for SSH, where its user is." },
	{ "ssh-public-key", NULL, OPTION_FILE, false, NULL,
	    "With --type: the public half of a key for SSH, the file KEY.pub "
	    "that\n      ssh-keygen -t ed25519-sk or ecdsa-sk wrote; - is "
	    "standard input." },
	{ "device-name", "DeviceName", OPTION_STRING, false, NULL,
	    "With --type: the key's name, 1 to 128 of A-Z a-z 0-9 _+=,.@-" },
	END
};
static const struct option_spec pair_options[] = {
	USER_NAME, SERIAL_NUMBER, TWO_CODES, END
};
static const struct option_spec device_options[] = {
	USER_NAME, SERIAL_NUMBER, END
};
static const struct option_spec deactivate_options[] = {
	USER_NAME, SERIAL_NUMBER,
	{ "yes", NULL, OPTION_FLAG, false, NULL,
	    "Do not ask first where it is your last device." },
	END
};
static const struct option_spec token_options[] = {
	{ "serial-number", "SerialNumber", OPTION_STRING, false, NULL,
	    "The device that the proof is of; any one where it is left out." },
	{ "duration-seconds", "DurationSeconds", OPTION_INTEGER, false, NULL,
	    "How long the session lasts: 900 to 129600, 43200 where it is "
	    "left\n      out; root's 3600 at most." },
	END
};
static const struct option_spec serial_options[] = { SERIAL_NUMBER, END };
static const struct option_spec user_options[] = { THE_USER, END };
static const struct option_spec list_options[] = {
	{ "user-name", "UserName", OPTION_USER, false, NULL,
	    "Whose devices; the caller's where it is left out." },
	PAGING, END
};
static const struct option_spec list_virtual_options[] = {
	{ "assignment-status", "AssignmentStatus", OPTION_STRING, false,
	    "Assigned|Unassigned|Any",
	    "Which devices to list; Any where it is left out." },
	PAGING, END
};
static const struct option_spec tag_options[] = {
	SERIAL_NUMBER,
	{ "tags", "Tags", OPTION_TAGS, true, NULL, "Tags, at most 50." },
	END
};
static const struct option_spec untag_options[] = {
	SERIAL_NUMBER,
	{ "tag-keys", "TagKeys", OPTION_KEYS, true, NULL,
	    "The names of the tags to remove." },
	END
};
static const struct option_spec list_tags_options[] = {
	SERIAL_NUMBER, PAGING, END
};
static const struct option_spec verify_options[] = {
	THE_USER,
	{ "authentication-code", "AuthenticationCode", OPTION_CODE, false,
	    NULL, "A code. Asked for on the terminal, without echo, where it "
	    "is left\n      out." },
	END
};
static const struct option_spec grant_options[] = {
	{ "user-name", "UserName", OPTION_USER, true, NULL,
	    "Who is let in." },
	{ "for", "DurationSeconds", OPTION_DURATION, false, NULL,
	    "How long: 30m, 1h, 2d; an hour where it is left out, a week at "
	    "most." },
	{ "uses", "Uses", OPTION_INTEGER, false, NULL,
	    "For how many sign-ins; one where it is left out." },
	{ "revoke", "Revoke", OPTION_FLAG, false, NULL,
	    "End the grant that there is." },
	END
};
static const struct option_spec invite_options[] = {
	{ "user-name", "UserName", OPTION_USER, true, NULL,
	    "Who may enrol a first device." },
	{ "for", "DurationSeconds", OPTION_DURATION, false, NULL,
	    "How long: 12h, 7d; a week where it is left out, 90 days at "
	    "most." },
	END
};
static const struct option_spec simulate_options[] = {
	{ "user-name", "UserName", OPTION_USER, true, NULL,
	    "Who would ask." },
	{ "action", "ActionName", OPTION_STRING, true, NULL,
	    "For what: pam:Authenticate, iam:EnableMFADevice, ..." },
	{ "resource", "ResourceArn", OPTION_STRING, false, NULL,
	    "On what (ARN); where it is left out, the service, or the user." },
	{ "context", "ContextEntries", OPTION_CONTEXT, false, NULL,
	    "Condition keys, as they would be. A key again is another value "
	    "of it,\n      \"KEY=\" leaves it out." },
	END
};
static const struct option_spec doctor_options[] = {
	{ "group", NULL, OPTION_STRING, false, NULL,
	    "Whose members are looked at for devices; everybody who can sign "
	    "in\n      where it is left out." },
	{ "connection", NULL, OPTION_STRING, false, NULL,
	    "user=U,host=H,addr=A: judge sshd's configuration for this "
	    "connection." },
	{ "root", NULL, OPTION_FILE, false, NULL,
	    "A folder with an image or a chroot to be examined in the place of "
	    "this\n      host." },
	END
};
static const struct option_spec import_options[] = {
	{ "from", NULL, OPTION_STRING, true, "google-authenticator|oath|u2f",
	    "Which module has the devices: pam_google_authenticator, pam_oath "
	    "or\n      pam_u2f." },
	{ "user-name", NULL, OPTION_USER, false, NULL,
	    "Whose devices; or --all." },
	{ "all", NULL, OPTION_FLAG, false, NULL,
	    "Everybody's." },
	{ "file", NULL, OPTION_FILE, false, NULL,
	    "Where they are: as the other module's argument has it, with ~, "
	    "${HOME}\n      and ${USER}; its default where it is left out." },
	{ "origin", NULL, OPTION_STRING, false, NULL,
	    "pam_u2f's origin=; pam://HOSTNAME where it is left out." },
	{ "appid", NULL, OPTION_STRING, false, NULL,
	    "pam_u2f's appid=, of keys in its old form; the origin where it "
	    "is\n      left out." },
	{ "apply", NULL, OPTION_FLAG, false, NULL,
	    "Do it. Without it nothing is changed, and what would be done is "
	    "shown." },
	END
};
static const struct option_spec import_tokens_options[] = {
	{ "key-file", NULL, OPTION_FILE, false, NULL,
	    "File of the pre-shared key of an encrypted PSKC container: "
	    "hexadecimal,\n      or the 16, 24 or 32 octets themselves." },
	{ "passphrase-file", NULL, OPTION_FILE, false, NULL,
	    "File whose first line is the passphrase of one." },
	END
};

const struct command commands[] = {
	{ "completion", NULL, NULL, NULL, no_options,
	    "print what a shell completes", "awsmfa completion",
	    completion_run },
	{ "create-recovery-codes", "CreateRecoveryCodes", NULL, NULL,
	    user_options, "make ten codes for when a device is lost",
	    "awsmfa create-recovery-codes", recovery_run },
	{ "create-virtual-mfa-device", "CreateVirtualMFADevice", NULL, NULL,
	    create_options, "make a virtual device and show its seed, once",
	    "awsmfa create-virtual-mfa-device --user-name alice \\\n"
	    "      --virtual-mfa-device-name phone", create_virtual_run },
	{ "deactivate-mfa-device", "DeactivateMFADevice", NULL, NULL,
	    deactivate_options, "take a device from its user",
	    "awsmfa deactivate-mfa-device --user-name alice \\\n"
	    "      --serial-number GAHT12345678", deactivate_run },
	{ "delete-token", "DeleteToken", NULL, NULL, serial_options,
	    "delete a hardware token that is not enabled (root)",
	    "awsmfa delete-token --serial-number GAHT12345678",
	    operation_run },
	{ "delete-virtual-mfa-device", "DeleteVirtualMFADevice", NULL, NULL,
	    serial_options, "delete a virtual device that is not enabled",
	    "awsmfa delete-virtual-mfa-device \\\n      --serial-number "
	    "arn:aws:iam::000000000000:mfa/alice/phone", operation_run },
	{ "doctor", NULL, NULL, NULL, doctor_options,
	    "look for what is wrong on this host (root)",
	    "awsmfa doctor\n  awsmfa doctor --group wheel --output json",
	    doctor_run },
	{ "enable-mfa-device", "EnableMFADevice", NULL, NULL, enable_options,
	    "assign a device to a user by two codes or a tap",
	    "awsmfa enable-mfa-device --user-name alice \\\n"
	    "      --serial-number GAHT12345678 \\\n"
	    "      --authentication-code1 123456 "
	    "--authentication-code2 789012\n"
	    "  awsmfa enable-mfa-device --user-name alice \\\n"
	    "      --type security-key --device-name blue-key\n"
	    "  awsmfa enable-mfa-device --user-name alice \\\n"
	    "      --type security-key --ssh-public-key id_ed25519_sk.pub \\\n"
	    "      --device-name laptop-key", enable_run },
	{ "get-mfa-device", "GetMFADevice", NULL, NULL, device_options,
	    "show a device",
	    "awsmfa get-mfa-device --user-name alice \\\n"
	    "      --serial-number GAHT12345678", operation_run },
	{ "get-session-token", "GetSessionToken", NULL, NULL, token_options,
	    "prove once, for a while (an MFA session)",
	    "awsmfa get-session-token --serial-number GAHT12345678 \\\n"
	    "      --token-code 123456", operation_run },
	{ "get-user", "GetUser", NULL, NULL, user_options,
	    "show a user: devices, recovery codes, grant",
	    "awsmfa get-user --user-name alice", operation_run },
	{ "grant", "Grant", NULL, NULL, grant_options,
	    "let in a user who lost a device, for a while (root)",
	    "awsmfa grant --user-name alice --for 1h", operation_call },
	{ "help", NULL, NULL, NULL, no_options, "show this help",
	    "awsmfa help", help_run },
	{ "import", "ImportDevices", NULL, NULL, import_options,
	    "bring users' devices from another module (root)",
	    "awsmfa import --from google-authenticator --all\n"
	    "  awsmfa import --from oath --user-name alice --apply",
	    import_run },
	{ "import-tokens", "ImportTokens", NULL, "FILE", import_tokens_options,
	    "load hardware tokens, CSV or PSKC (root)",
	    "awsmfa import-tokens --key-file transport.key tokens.xml",
	    import_tokens_run },
	{ "init", NULL, NULL, NULL, no_options,
	    "make account, folders and host key (root)",
	    "awsmfa init", init_run },
	{ "invite", "Invite", NULL, NULL, invite_options,
	    "let a user enrol a first device at sign-in (root)",
	    "awsmfa invite --user-name alice --for 7d", operation_call },
	{ "list-mfa-device-tags", "ListMFADeviceTags", "Tags", NULL,
	    list_tags_options, "list a device's tags",
	    "awsmfa list-mfa-device-tags --serial-number GAHT12345678",
	    operation_run },
	{ "list-mfa-devices", "ListMFADevices", "MFADevices", NULL,
	    list_options, "list a user's devices",
	    "awsmfa list-mfa-devices --user-name alice", operation_run },
	{ "list-virtual-mfa-devices", "ListVirtualMFADevices",
	    "VirtualMFADevices", NULL, list_virtual_options,
	    "list virtual devices, assigned or not",
	    "awsmfa list-virtual-mfa-devices --assignment-status Unassigned",
	    operation_run },
	{ "policy validate", NULL, NULL, "FILE", no_options,
	    "say what is wrong with a policy document",
	    "awsmfa policy validate policy.json", policy_validate_run },
	{ "resync-mfa-device", "ResyncMFADevice", NULL, NULL, pair_options,
	    "find a drifted device's time by two codes",
	    "awsmfa resync-mfa-device --user-name alice \\\n"
	    "      --serial-number GAHT12345678", operation_run },
	{ "session", NULL, NULL, "show|end", no_options,
	    "show or end the MFA session of this login",
	    "awsmfa session end", session_run },
	{ "simulate", "SimulatePolicy", NULL, NULL, simulate_options,
	    "ask the policy what it would say (root)",
	    "awsmfa simulate --user-name alice --action pam:Authenticate \\\n"
	    "      --context pam:Service=sshd aws:SourceIp=10.1.2.3",
	    operation_call },
	{ "tag-mfa-device", "TagMFADevice", NULL, NULL, tag_options,
	    "add tags to a device, or change them",
	    "awsmfa tag-mfa-device --serial-number GAHT12345678 \\\n"
	    "      --tags Key=room,Value=12 Key=batch,Value=2026-11",
	    operation_run },
	{ "unlock", "Unlock", NULL, NULL, user_options,
	    "forget a user's wrong codes (root)",
	    "awsmfa unlock --user-name alice", operation_run },
	{ "untag-mfa-device", "UntagMFADevice", NULL, NULL, untag_options,
	    "remove tags from a device",
	    "awsmfa untag-mfa-device --serial-number GAHT12345678 \\\n"
	    "      --tag-keys room batch", operation_run },
	{ "verify", "Verify", NULL, NULL, verify_options,
	    "check a code as a sign-in does, and spend it",
	    "awsmfa verify --user-name alice", operation_run },
	{ NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL }
};

/* How many of WORDS make up NAME, words with a space between; 0: they don't. */
static int
count_words(const char *name, int count, char **words)
{
	size_t len;
	int i;

	for (i = 0; i < count; i++) {
		len = strlen(words[i]);
		if (len == 0 || strchr(words[i], ' ') != NULL ||
		    strncmp(name, words[i], len) != 0)
			return 0;
		if (name[len] == '\0')
			return i + 1;
		if (name[len] != ' ')
			return 0;
		name += len + 1;
	}
	return 0;
}

const struct command *
command_find(const char *name)
{
	const struct command *command;

	for (command = commands; command->name != NULL; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

const struct command *
command_find_words(int count, char **words, int *ret_used)
{
	const struct command *command;
	int used;

	for (command = commands; command->name != NULL; command++) {
		used = count_words(command->name, count, words);
		if (used > 0) {
			*ret_used = used;
			return command;
		}
	}
	return NULL;
}
