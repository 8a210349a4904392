/* SPDX-License-Identifier: Apache-2.0 */
/*
 * busy.h - a node that says it has too much to do: 2, SYSTEM_BUSY, in the words of the place where Java
 * says so.
 *
 *     OVERLOAD        a queue of requests is full         any request   NettyRemotingAbstract.processRequestCommand
 *     REJECT          the processor takes none            sends         AbstractSendMessageProcessor.rejectRequest
 *     TIMEOUT_CLEAN   waited too long in the queue        sends, pulls  BrokerFastFailure.cleanExpiredRequestInQueue
 *     PCBUSY_CLEAN    the page cache is busy meanwhile    sends         BrokerFastFailure.cleanExpiredRequest
 *
 * A one-way request is lost.
 *
 * Thread: loop.
 */
#ifndef MB_BUSY_H
#define MB_BUSY_H

#include <stdbool.h>
#include <stdint.h>

struct mb_ticket;

enum mb_busy_kind {
	MB_BUSY_NOT,
	MB_BUSY_OVERLOAD,
	MB_BUSY_REJECT,
	MB_BUSY_TIMEOUT_CLEAN,
	MB_BUSY_PCBUSY_CLEAN
};

struct mb_busy {
	enum mb_busy_kind kind;
	uint64_t left;    /* requests that it still refuses; UINT64_MAX: any number */
	int64_t until_us; /* RMQI_FOREVER: for ever */
};

/* True: the request was refused, and answered. */
bool mb_busy_refuses(struct mb_busy *b, const struct mb_ticket *t, int64_t now_us);

#endif
