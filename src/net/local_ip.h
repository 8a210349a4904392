/* SPDX-License-Identifier: Apache-2.0 */
/*
 * local_ip.h - the address that this machine shows to others, as
 * NetworkUtil.getLocalInetAddress chooses it: the first public IPv4 address, else
 * the last private one, else an IPv6 one, else 127.0.0.1. A client id and a UNIQ_KEY
 * start with it; a broker publishes it when it listens on all addresses.
 */
#ifndef RMQI_NET_LOCAL_IP_H
#define RMQI_NET_LOCAL_IP_H

#include <stddef.h>

#include "codec/message.h"

/* Thread: any, both. Port is 0. */
void rmqi_local_ip(struct rmqi_host *out);
/* As text, without brackets. */
void rmqi_local_ip_text(char *buf, size_t size);

#endif
