/*
 * The way to the key: CTAPHID reports (CTAP 2.1, 11.2) for libfido2, on a
 * descriptor that is open already. Whoever waits for the key watches the
 * conversation too, and a request that is given up is cancelled at the key:
 * else it goes on blinking and refuses the next one.
 */
#ifndef KEY_CHANNEL_H
#define KEY_CHANNEL_H

#include <fido.h>

#include "key/dialogue.h"

#define CHANNEL_REPORT_SIZE	64

enum channel_end {
	CHANNEL_OPEN,
	CHANNEL_CLOSED,		/* the conversation is over */
	CHANNEL_GONE,		/* the key was unplugged */
	CHANNEL_LATE,		/* the deadline passed */
};

struct channel {
	int			device;
	struct dialogue		*dialogue;
	bool			tell_touch;	/* say it when one is wanted */
	enum channel_end	end;	/* why nothing goes any more */
	bool			busy;	/* the key was, at the last request */
	volatile bool		pending;	/* at a CBOR request */
	uint8_t			id[4];	/* the channel of the last request */
};

/*
 * For fido_dev_set_io_functions(3). Opening yields the channel of the last
 * channel_use(), whatever the path; closing leaves the descriptor open.
 */
extern const fido_dev_io_t channel_io;

/* CHANNEL is the one from now on; there is one key a process. */
void	channel_use(struct channel *channel);

/*
 * Cancels what the key is at, if anything. Safe in a signal handler, and
 * before there is a channel.
 */
void	channel_cancel(void);

/* Cancels what the key is at for another one, on the channel ID of its own. */
void	channel_cancel_other(struct channel *channel, uint32_t id);

/* Waits MS milliseconds. Returns false where the channel has ended. */
bool	channel_pause(struct channel *channel, int ms) _must_check_;

#endif
