/* SPDX-License-Identifier: Apache-2.0 */
/*
 * put_status.h - how a put ended (PutMessageStatus.java, as far as it applies).
 */
#ifndef MB_STORE_PUT_STATUS_H
#define MB_STORE_PUT_STATUS_H

#include <stdbool.h>

enum mb_put_status {
	MB_PUT_OK,
	/* Stored all the same, these three. */
	MB_PUT_FLUSH_DISK_TIMEOUT,
	MB_PUT_FLUSH_SLAVE_TIMEOUT,
	MB_PUT_SLAVE_NOT_AVAILABLE,
	MB_PUT_CREATE_MAPPED_FILE_FAILED,
	MB_PUT_MESSAGE_ILLEGAL,
	MB_PUT_PROPERTIES_SIZE_EXCEEDED,
	MB_PUT_SERVICE_NOT_AVAILABLE, /* closed, or the disk failed: fail-stop */
	MB_PUT_UNKNOWN_ERROR
};

/* The message is in the log; only how safe it is may be in doubt. */
static inline bool mb_put_is_stored(enum mb_put_status status)
{
	return status <= MB_PUT_SLAVE_NOT_AVAILABLE;
}

#endif
