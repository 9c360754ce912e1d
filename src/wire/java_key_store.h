// A Java key store: Java trusts the certificates in one, and reads none in PEM.
#pragma once

#include "src/base/bytes.h"

namespace ringback::wire {

// JKS, version 2, with one trusted certificate and the password "changeit"; equal certificates give equal octets.
// Throws Error where `pem` holds no certificate.
Bytes java_key_store(BytesView pem);

}  // namespace ringback::wire
