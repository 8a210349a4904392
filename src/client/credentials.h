/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials.h - who a client is where access is controlled (SessionCredentials.java),
 * and the hook that signs every request that it originates (AclClientRPCHook.java):
 * to name servers and brokers, one-way ones too. Answers are not signed.
 *
 * An identity (access key, security token, key schedule) is made once and counted: a request holds
 * it until it was encoded, so another one may take its place meanwhile. A message costs
 * no memory and no set-up of a key.
 *
 * Secrets are wiped when freed, and stand in no log line and no text of an error.
 *
 * Thread: any, unless said otherwise.
 */
#ifndef RMQI_CLIENT_CREDENTIALS_H
#define RMQI_CLIENT_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "client/config.h"
#include "net/hooks.h"

struct rmqi_credentials;

/* *out NULL: the configuration has none, and nothing is signed. RMQ_ERR_CONFIG: the keys do not go together,
 * or one of them cannot be right; `detail` says which. The function of the configuration, if there is
 * one, is asked, and its error returned. */
enum rmq_error rmqi_credentials_new(const struct rmq_config *config, struct rmqi_credentials **out,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
struct rmqi_credentials *rmqi_credentials_ref(struct rmqi_credentials *c);
/* NULL is harmless. */
void rmqi_credentials_unref(struct rmqi_credentials *c);

/* Is there a function to be asked again? */
bool rmqi_credentials_can_change(const struct rmqi_credentials *c);
/* Asks it, on this thread: what it gives takes the place of what was there, which stays on an error. Not
 * from two threads at once. Calls out: under no lock. */
enum rmq_error rmqi_credentials_ask(struct rmqi_credentials *c,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Who is told of an answer that denies access, on the thread that read it. Before the first request. */
void rmqi_credentials_on_denial(struct rmqi_credentials *c, void (*fn)(void *arg), void *arg);
/* Within the function: rmq_credentials_set. An empty token is none. */
enum rmq_error rmqi_credentials_give(struct rmq_credentials *to, const char *access_key,
				     const char *secret_key, const char *security_token,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;

/* Copies the access key of now, cut if need be; "" when there is none (`c` may be NULL). */
void rmqi_credentials_access_key(struct rmqi_credentials *c, char *buf, size_t size);
/* Signs what stands in the request before it: the last hook of all. */
struct rmqi_hook rmqi_credentials_hook(struct rmqi_credentials *c);

#endif
