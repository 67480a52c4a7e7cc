#include <string.h>
#include <unistd.h>

#include "pamtest.h"

struct pamhost host;

int
pamtest_setup(void **state)
{
	(void)state;
	pamhost_setup(&host, pamhost_account());
	host.answers[0] = "123456";
	host.answers[1] = "654321";
	pamhost_listen(&host, geteuid());
	return 0;
}

int
pamtest_teardown(void **state)
{
	(void)state;
	pamhost_teardown(&host);
	return 0;
}

void
need_root(void)
{
	if (geteuid() != 0)
		skip();
}

int
sign_in(const char *script)
{
	pamhost_script(&host, script);
	return pamhost_sign_in(&host, "alice");
}

void
assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, text);
}

void
assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("\"%s\" is in \"%s\"", part, text);
}
