/* A whole connection to the endpoint, in this process. */
#ifndef TESTS_FUZZ_CONNECTION_H
#define TESTS_FUZZ_CONNECTION_H

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzzbed.h"
#include "tests/fuzz/parts.h"
#include "wire/frame.h"

#define FRAMES_MAX	256
#define AGENTS_MAX	4

/* What a client sends, before anything is answered. */
struct connection {
	int	client, server;		/* the ends */
	size_t	count;			/* frames that were answered */
	struct wire_frame frames[FRAMES_MAX];	/* owned */
	uint8_t	octets[32 * 1024];	/* not sent yet */
	size_t	len;
	int	agents[AGENTS_MAX];
	size_t	agent_count;
};

/* CONNECTION is cleared by connection_clear(), whatever it was before. */
void	connection_open(struct connection *connection);
void	connection_clear(struct connection *connection);

/* Sends octets as they are, or one frame of a TYPE, known or not. */
void	connection_send(struct connection *connection, const uint8_t *octets,
	    size_t len);
void	connection_send_frame(struct connection *connection, uint8_t type,
	    const uint8_t *payload, size_t len);
/* Sends an agent, that has the octets of its answers ready. */
void	connection_send_agent(struct connection *connection,
	    const uint8_t *answers, size_t len);

/*
 * Serves it as awsmfa-endpoint does, for a peer of UID, and takes what was
 * answered, which must be whole frames.
 */
void	connection_serve(struct connection *connection, struct fuzzbed *bed,
	    uid_t uid);

#endif
