/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visitor.h - somebody who asks an HTTP server, over one connection that it keeps.
 *
 * Whatever cannot be had fails the test. Thread: one owner at a time.
 */
#ifndef TESTS_SUPPORT_VISITOR_H
#define TESTS_SUPPORT_VISITOR_H

#include <stdbool.h>
#include <stddef.h>

struct rmqi_json;

struct visitor {
	char address[300];   /* "127.0.0.1:port" */
	const char *host;    /* what it calls the server; borrowed */
	const char *headers; /* further ones, each with its \r\n; borrowed */
	int fd;              /* -1: not connected */
	char *head;          /* of the last answer, owned */
	char *body;
	struct rmqi_json *json; /* the body, NULL when it is none */
};

void visitor_init(struct visitor *v, const char *address);
void visitor_deinit(struct visitor *v);
/* Sends a request and does not wait. `body` NULL: none. */
void visitor_say(struct visitor *v, const char *method, const char *path, const char *body);
/* The status of the answer, which stands in `v` until the next one. */
int visitor_ask(struct visitor *v, const char *method, const char *path, const char *body);

#endif
