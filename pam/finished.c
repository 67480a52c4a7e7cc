#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "pam/finished.h"
#include "pam/kept.h"

#define DATA_NAME "awsmfa_finished"
#define SECONDS	  60 /* half of what a ticket is good for */

struct finished {
	pid_t pid;
	time_t since; /* the boot; no one sets that clock */
	char *user;
	char *service;
	char *ticket;
};

static void
finished_freep(struct finished **finished)
{
	struct finished *old = *finished;

	*finished = NULL;
	if (old == NULL)
		return;
	if (old->ticket != NULL)
		explicit_bzero(old->ticket, strlen(old->ticket));
	free(old->ticket);
	free(old->service);
	free(old->user);
	free(old);
}

static void
clean_up(pam_handle_t *pamh, void *data, int status)
{
	struct finished *finished = data;

	(void)pamh;
	(void)status;
	finished_freep(&finished);
}

/* False where it can't be told. */
static bool
find_now(time_t *ret)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_BOOTTIME, &ts) == -1)
		return false;
	*ret = ts.tv_sec;
	return true;
}

void
finished_keep(const struct signin *signin, const char *ticket)
{
	_cleanup_(finished_freep) struct finished *finished = NULL;

	if ((finished = calloc(1, sizeof(*finished))) == NULL ||
	    !find_now(&finished->since))
		return;
	finished->pid = getpid();
	finished->user = strdup(signin->user);
	finished->service = strdup(signin->service);
	finished->ticket = strdup(ticket);
	if (finished->user == NULL || finished->service == NULL ||
	    finished->ticket == NULL)
		return;
	if (pam_set_data(signin->pamh, DATA_NAME, finished, clean_up) ==
	    PAM_SUCCESS)
		(void)steal(&finished);
}

bool
finished_is_kept(const struct signin *signin)
{
	const struct finished *finished = kept_find(signin->pamh, DATA_NAME);
	const char *ticket = pam_getenv(signin->pamh, SIGNIN_TICKET);
	time_t now;

	return finished != NULL && ticket != NULL && find_now(&now) &&
	    finished->pid == getpid() && now - finished->since <= SECONDS &&
	    strcmp(finished->user, signin->user) == 0 &&
	    strcmp(finished->service, signin->service) == 0 &&
	    strcmp(finished->ticket, ticket) == 0;
}

void
finished_forget(pam_handle_t *pamh)
{
	kept_forget(pamh, DATA_NAME);
}
