/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/support/async_run.h"

int main(int argc, char **argv)
{
	return async_run("async_128", 128, (size_t)200 * 1000, argc, argv);
}
