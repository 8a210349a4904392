/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vip.h - the second port of a broker, two below its own, which serves no pulls (MixAll.brokerVIPChannel,
 * BrokerController.fastRemotingServer). With vipChannelEnabled sends go there; heartbeats, questions and ends of
 * transactions do not, as in Java.
 *
 * Pure; thread: any.
 */
#ifndef RMQI_SEND_VIP_H
#define RMQI_SEND_VIP_H

#include <stdbool.h>

#include "net/address.h"

/* Borrowed of `address` or of `buf`; the address itself when it is no vip's, or its port is below 3. */
const char *rmqi_vip_address(bool is_vip, const char *address, char buf[RMQI_ADDRESS_MAX]);

#endif
