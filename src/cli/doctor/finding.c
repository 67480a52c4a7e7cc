#include "cli/doctor/finding.h"

#define N	SEVERITY_NOTE
#define W	SEVERITY_WARNING
#define E	SEVERITY_ERROR

#define BELOW	"below \"@include common-auth\" write \"auth required " \
		"pam_awsmfa.so\""

const struct finding_kind finding_kinds[FINDINGS] = {
	[FINDING_PAM_UNUSED] = { "pam-unused", N,
	    "where a service is to ask for MFA, " BELOW " in its file" },
	[FINDING_PAM_BROKEN] = { "pam-broken", E,
	    "write the line as pam.d(5) has it, or take it out" },
	[FINDING_PAM_FILE] = { "pam-file", E,
	    "chown root:root and chmod 644 the file" },
	[FINDING_PAM_SKIPPED] = { "pam-skipped", E,
	    "write \"requisite\" in the place of its control, or move it below "
	    "the line of pam_awsmfa.so" },
	[FINDING_PAM_JUMPED] = { "pam-jumped", E,
	    "have its jump end above the line of pam_awsmfa.so" },
	[FINDING_PAM_NOT_REQUIRED] = { "pam-not-required", E,
	    "write \"required\" as its control" },
	[FINDING_PAM_RESET] = { "pam-reset", E,
	    "take \"reset\" out of its control" },
	[FINDING_PAM_UNCLEAR] = { "pam-unclear", E,
	    "have fewer substacks and jumps in the service" },
	[FINDING_PAM_NEVER] = { "pam-never", E,
	    "jumps (success=N) must end at a line that succeeds: " BELOW
	    " in the service's own file, and not between the lines of "
	    "common-auth" },
	[FINDING_PAM_ARGUMENT] = { "pam-argument", E,
	    "pam_awsmfa(8) has the arguments" },
	[FINDING_PAM_TWIN] = { "pam-twin", E,
	    "give both files the same lines of pam_awsmfa.so" },
	[FINDING_CODE_ALONE] = { "code-alone", E,
	    "write \"@include common-auth\" above the line of pam_awsmfa.so" },
	[FINDING_FIRST_FACTOR] = { "first-factor", W,
	    "have \"requisite\" in the lines of the first factor, which end "
	    "above that of pam_awsmfa.so" },
	[FINDING_UNENROLLED_ALLOW] = { "unenrolled-allow", W,
	    "take unenrolled=allow away when devices are handed out" },
	[FINDING_UNENROLLED_OPEN] = { "unenrolled-open", N,
	    "with unenrolled=enroll it takes a code of \"awsmfa invite\"" },
	[FINDING_LINES_DIFFER] = { "lines-differ", W,
	    "give all lines of the service the same conf, unenrolled and "
	    "enroll_by" },
	[FINDING_AUTH_ABSENT] = { "auth-absent", W, BELOW },
	[FINDING_ACCOUNT_ABSENT] = { "account-absent", W,
	    "below \"@include common-account\" write \"account required "
	    "pam_awsmfa.so\"" },
	[FINDING_SESSION_ABSENT] = { "session-absent", W,
	    "below \"@include common-session\" write \"session required "
	    "pam_awsmfa.so\"" },
	[FINDING_ENROLL_UNATTENDED] = { "enroll-unattended", E,
	    "write \"account required pam_awsmfa.so\" and \"session required "
	    "pam_awsmfa.so\", with the same unenrolled=" },
	[FINDING_PHASES_IGNORED] = { "phases-ignored", W,
	    "add the service to account_services of awsmfa.conf, or take its "
	    "lines in account and session out" },
	[FINDING_ENV_FIRST] = { "env-first", E,
	    "move it below \"session required pam_awsmfa.so\"" },
	[FINDING_LOGINUID_ABSENT] = { "loginuid-absent", W,
	    "above it write \"session required pam_loginuid.so\"" },
	[FINDING_SSH_UNKNOWN] = { "ssh-unknown", W,
	    "run \"sshd -T\" as root, and mend what it says" },
	[FINDING_SSH_NO_PAM] = { "ssh-no-pam", E,
	    "write \"UsePAM yes\" in sshd_config" },
	[FINDING_SSH_NO_PROMPT] = { "ssh-no-prompt", E,
	    "write \"KbdInteractiveAuthentication yes\" in sshd_config, and "
	    "have keyboard-interactive in AuthenticationMethods" },
	[FINDING_SSH_PASSWORD] = { "ssh-password", W,
	    "write \"PasswordAuthentication no\" in sshd_config: passwords "
	    "are asked for by keyboard-interactive" },
	[FINDING_SSH_KEY_ALONE] = { "ssh-key-alone", E,
	    "in /etc/pam.d/sshd write \"account required pam_awsmfa.so\" and "
	    "\"session required pam_awsmfa.so\", and have sshd in "
	    "account_services of awsmfa.conf; or in sshd_config write "
	    "\"AuthenticationMethods publickey,keyboard-interactive:pam\"" },
	[FINDING_SSH_CODE_ALONE] = { "ssh-code-alone", E,
	    "in sshd_config write \"AuthenticationMethods publickey,"
	    "keyboard-interactive:pam\", or put \"@include common-auth\" "
	    "back" },
	[FINDING_SSH_GRACE] = { "ssh-grace", W,
	    "write \"LoginGraceTime 120\" in sshd_config" },
	[FINDING_SSH_NO_TOUCH] = { "ssh-no-touch", E,
	    "write \"PubkeyAuthOptions touch-required\" in sshd_config" },
	[FINDING_SSH_NO_VERIFY] = { "ssh-no-verify", E,
	    "write \"PubkeyAuthOptions touch-required verify-required\" in "
	    "sshd_config" },
	[FINDING_SSH_MATCH] = { "ssh-match", N,
	    "run \"awsmfa doctor --connection user=U,host=H,addr=A\" for one "
	    "that it is about" },
	[FINDING_SUDO_UNKNOWN] = { "sudo-unknown", N,
	    "see sudoers(5) for NOPASSWD and timestamp_timeout" },
	[FINDING_SUDO_NOPASSWD] = { "sudo-nopasswd", W,
	    "take NOPASSWD (\"!authenticate\", exempt_group) away where MFA is "
	    "wanted" },
	[FINDING_SUDO_NEVER_AGAIN] = { "sudo-never-again", W,
	    "write \"Defaults timestamp_timeout=15\" in sudoers" },
	[FINDING_SUDO_SERVICE] = { "sudo-service", E,
	    "give the file of that service in /etc/pam.d the line of "
	    "pam_awsmfa.so" },
	[FINDING_SUDO_TARGET] = { "sudo-target", W,
	    "take rootpw, targetpw and runaspw out of sudoers" },
	[FINDING_SUDO_AGENT] = { "sudo-agent", N,
	    "write 'Defaults env_keep += \"SSH_AUTH_SOCK\"' in a file of "
	    "/etc/sudoers.d" },
	[FINDING_POLICY_INVALID] = { "policy-invalid", E,
	    "see \"awsmfa policy validate\"; the file is root's, mode 0644" },
	[FINDING_SETTINGS_INVALID] = { "settings-invalid", E,
	    "awsmfa.conf(5) has the settings" },
	[FINDING_SETTINGS_FILE] = { "settings-file", E,
	    "chown root:root and chmod 644 the file" },
	[FINDING_CONF_FOLDER] = { "conf-folder", E,
	    "chown root:root and chmod 755 the folder; awsmfa init makes it" },
	[FINDING_HOST_KEY] = { "host-key", E,
	    "put it back from a backup, or, where no device is enrolled, run "
	    "awsmfa init" },
	[FINDING_STATE] = { "state", E,
	    "make it a folder (0700) or plain file (0600) of the account with "
	    "one link, or put it back from a backup; awsmfa init makes the "
	    "folders" },
	[FINDING_RUN] = { "run", E,
	    "run awsmfa init: /run/awsmfa is root's (0755), its sessions are "
	    "the account's (0700)" },
	[FINDING_ENDPOINT] = { "endpoint", E,
	    "install awsmfa again: it is root's, mode 0755" },
	[FINDING_KEY_WORKER] = { "key-worker", W,
	    "install awsmfa again: it is root's, mode 0755" },
	[FINDING_MODULE] = { "module", E,
	    "install the package of pam_awsmfa.so again: it is root's, mode "
	    "0644" },
	[FINDING_SERVICE_DOWN] = { "service-down", W,
	    "run \"systemctl enable --now awsmfa-login.socket "
	    "awsmfa-user.socket\"" },
	[FINDING_SOCKET_MODE] = { "socket-mode", E,
	    "run \"systemctl restart\" on its unit, awsmfa-login.socket or "
	    "awsmfa-user.socket, and look for a drop-in file of it" },
	[FINDING_UDEV_RULE] = { "udev-rule", W,
	    "install awsmfa again, or take away what masks the rule, and run "
	    "\"udevadm control --reload\"" },
	[FINDING_KEY_UNREADABLE] = { "key-unreadable", E,
	    "replug the key, or see that the udev rule 70-awsmfa-fido.rules is "
	    "installed and that \"udevadm control --reload\" was run" },
	[FINDING_KEY_READY] = { "key-ready", N, "nothing is to be done" },
	[FINDING_CLOCK] = { "clock", W,
	    "have the clock set by systemd-timesyncd or chrony, and see "
	    "\"timedatectl\"" },
	[FINDING_PROC_HIDDEN] = { "proc-hidden", E,
	    "mount /proc with gid= of a group that the account is in, or "
	    "without hidepid=" },
	[FINDING_ACCOUNT_MISSING] = { "account-missing", E, "run awsmfa init" },
	[FINDING_ACCOUNT_SHELL] = { "account-shell", W,
	    "run \"usermod --shell /usr/sbin/nologin\" on it" },
	[FINDING_ACCOUNT_GROUPS] = { "account-groups", W,
	    "take the account out of the group, with \"gpasswd --delete\"" },
	[FINDING_ACCOUNT_SHARED] = { "account-shared", E,
	    "give the other account a uid of its own" },
	[FINDING_USERS_UNKNOWN] = { "users-unknown", W,
	    "see that the endpoint answers: \"awsmfa get-user\"" },
	[FINDING_USER_WITHOUT_DEVICE] = { "user-without-device", W,
	    "enrol one, with \"awsmfa\", or have them enrol with \"awsmfa "
	    "invite\"" },
	[FINDING_ADMINS_LOCKED_OUT] = { "admins-locked-out", E,
	    "enrol a device for one of them, with \"awsmfa\", before the last "
	    "root shell is closed" },
};

const char *
severity_name(enum severity severity)
{
	switch (severity) {
	case SEVERITY_NOTE:
		return "note";
	case SEVERITY_WARNING:
		return "warning";
	case SEVERITY_ERROR:
		break;
	}
	return "error";
}
