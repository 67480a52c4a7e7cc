/*
 * A worker in a process of its own, with a software key (tests/support/softkey)
 * on a socket pair in the place of a hidraw node.
 */
#ifndef KEY_KEYBED_H
#define KEY_KEYBED_H

#include <sys/types.h>

#include <stddef.h>

#include "key/worker.h"

struct keybed {
	char	folder[64];
	pid_t	softkey;
	int	control;	/* its control socket */
	int	device;		/* the worker's end of its reports */
	pid_t	worker;		/* 0: none */
	int	conversation;	/* the endpoint's end; -1: hung up */
};

/*
 * Reports on a descriptor that is open: SOURCE opens DEVICE, whatever is asked.
 */
extern int keybed_device;
extern const struct node_source keybed_source;

/* Starts a key that behaves well. Fails the test where it can't. */
void	keybed_setup(struct keybed *bed);
void	keybed_teardown(struct keybed *bed);

/*
 * A command of softkey's control socket; RET (SIZE octets) takes what it says.
 */
void	keybed_tell(struct keybed *bed, const char *command);
void	keybed_ask(struct keybed *bed, const char *command, char *ret,
	    size_t size);
/* Does the key's log have this line? Or will it soon? */
bool	keybed_has_logged(struct keybed *bed, const char *line);
bool	keybed_will_log(struct keybed *bed, const char *line);

/* Starts a worker and sends it REQUEST. */
void	keybed_request(struct keybed *bed,
	    const struct keymsg_request *request);

/*
 * Takes the next message: true for an answer. With a status that is not WANTED
 * the test fails.
 */
bool	keybed_take(struct keybed *bed, struct keymsg_progress *ret_progress,
	    struct keymsg_answer *ret_answer);
void	keybed_expect(struct keybed *bed, enum keymsg_status wanted,
	    struct keymsg_progress *ret);
/* Skips statuses up to the answer, and reaps the worker. */
enum keymsg_error keybed_answer(struct keybed *bed, struct keymsg_answer *ret);

void	keybed_pin(struct keybed *bed, const char *pin);
void	keybed_hang_up(struct keybed *bed);
/* Waits for the worker to end; waitpid(2)'s status. */
int	keybed_reap(struct keybed *bed);

#endif
