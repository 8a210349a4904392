/* SPDX-License-Identifier: Apache-2.0 */
/*
 * namespace.h - names within a namespace (NamespaceUtil.java): what users call T is ns%T at brokers, and the retry
 * topic of the group G is %RETRY%ns%G, which follows from its group being ns%G. System topics and
 * groups, and lite queues (%LMQ%), are the same for all; what is within it already stays as it is. Users see names without it.
 *
 * A namespace is what `namespace` says; NULL is none, here and below. Pure; thread: any.
 */
#ifndef RMQI_CLIENT_NAMESPACE_H
#define RMQI_CLIENT_NAMESPACE_H

#include <stddef.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"
#include "codec/names.h"
#include "net/hooks.h"

struct rmqi_message_block;
struct rmqi_client;

enum { RMQI_NAMED_MAX = RMQI_RETRY_TOPIC_MAX + 1 }; /* bytes of any name with its NUL */

/* "namespace" of the configuration; NULL: none. Borrowed, as long as the client. */
const char *rmqi_client_namespace(const struct rmqi_client *c);
/* RMQ_ERR_CONFIG: it holds what ends it, or no name may have. */
enum rmq_error rmqi_namespace_check(const char *space,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Writes the name at brokers, with a NUL. RMQ_ERR_INVALID_ARGUMENT: it is longer than `most` bytes then; `what` it
 * is ("topic"). What is too long by itself is copied as far as it goes, for others to refuse. */
enum rmq_error rmqi_namespace_wrap(const char *space, const char *what, const char *name,
				   size_t most, char out[RMQI_NAMED_MAX],
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* How much of the name users do not see: 0 when it is not within the namespace. */
size_t rmqi_namespace_hidden(const char *space, struct rmqi_str name);
/* The rest of it. */
struct rmqi_str rmqi_namespace_plain(const char *space, struct rmqi_str name);
/* Of messages that were received. */
void rmqi_namespace_hide(const char *space, struct rmqi_message_block *block);

/* namespaceV2: tells brokers with each request, and changes no name (NamespaceRpcHook.java). `space` must live as
 * long as the hook. */
struct rmqi_hook rmqi_namespace_hook(const char *space);

#endif
