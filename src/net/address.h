/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.h - "host:port" texts.
 *
 * host is a name, an IPv4 address or an IPv6 address in brackets; the port is
 * 1..65535 (0 too where a server asks for any). A list is separated by ';',
 * blanks around its elements are ignored, as are empty elements and a leading
 * "http://" up to the last '/' (NameServerAddressUtils.java).
 */
#ifndef RMQI_NET_ADDRESS_H
#define RMQI_NET_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"

enum { RMQI_ADDRESS_MAX = 272 }; /* bytes of a text with its NUL: 255 + "[]:" + port */

struct rmqi_address {
	char host[256]; /* without brackets */
	uint16_t port;
};

/* RMQ_ERR_ADDRESS. */
enum rmq_error rmqi_address_parse(struct rmqi_str text, struct rmqi_address *out) RMQI_MUST_USE;
/* Why it is not one: "has a scheme ...", "its port is not in 0..65535". A constant text. */
const char *rmqi_address_problem(struct rmqi_str text);
/* The canonical text, brackets included. */
const char *rmqi_address_text(const struct rmqi_address *a, char *buf, size_t size);
/* Owned array of owned texts (free with rmqi_strings_free of codec/body.h's kind: each text, then
 * the array, by rmqi_free). RMQ_ERR_ADDRESS: one element is wrong; *bad (may be NULL) is it. */
enum rmq_error rmqi_address_list(struct rmqi_str text, char ***out, size_t *count,
				 struct rmqi_str *bad) RMQI_MUST_USE;

#endif
