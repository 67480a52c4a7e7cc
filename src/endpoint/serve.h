/* The two kinds of conversation, once the peer is known. */
#ifndef ENDPOINT_SERVE_H
#define ENDPOINT_SERVE_H

#include "endpoint/endpoint.h"
#include "wire/frame.h"

/* A sign-in that begins with the field FIRST. */
void	serve_signin(struct endpoint *endpoint, const struct peer *peer,
	    struct wire_frame *first);

/* Operations, of which FIRST is the first frame. */
void	serve_operations(struct endpoint *endpoint, const struct peer *peer,
	    struct wire_frame *first);

#endif
