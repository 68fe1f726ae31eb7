// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A vsock exchange with oneself: listens, connects to the local CID, sends,
 * peeks, receives, and compares. Prints one line; exits 0 where all of it held.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

int main(void)
{
	struct sockaddr_vm here = { .svm_family = AF_VSOCK, .svm_port = 1234, .svm_cid = VMADDR_CID_ANY };
	struct sockaddr_vm there = { .svm_family = AF_VSOCK, .svm_port = 1234, .svm_cid = VMADDR_CID_LOCAL };
	const char sent[] = "a word through vsock";
	char peeked[64] = "", got[64] = "";
	int listener, one, other;

	alarm(15);
	listener = socket(AF_VSOCK, SOCK_STREAM, 0);
	if (listener < 0)
		return fail("socket");
	if (bind(listener, (struct sockaddr *)&here, sizeof(here)) || listen(listener, 1))
		return fail("bind or listen");
	one = socket(AF_VSOCK, SOCK_STREAM, 0);
	if (one < 0 || connect(one, (struct sockaddr *)&there, sizeof(there)))
		return fail("connect");
	other = accept(listener, NULL, NULL);
	if (other < 0)
		return fail("accept");
	if (send(one, sent, sizeof(sent), 0) != sizeof(sent))
		return fail("send");
	if (recv(other, peeked, sizeof(sent), MSG_PEEK | MSG_WAITALL) != sizeof(sent))
		return fail("peek");
	if (recv(other, got, sizeof(sent), MSG_WAITALL) != sizeof(sent))
		return fail("recv");
	if (strcmp(sent, peeked) || strcmp(sent, got)) {
		fprintf(stderr, "what came is not what was sent\n");
		return 1;
	}
	close(one);
	if (recv(other, got, sizeof(got), 0) != 0)
		return fail("end of stream");
	printf("vsock exchange: %zu bytes sent, peeked and received\n", sizeof(sent));
	return 0;
}
