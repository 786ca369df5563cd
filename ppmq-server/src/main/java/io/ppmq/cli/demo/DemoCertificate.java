package io.ppmq.cli.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * A self-signed certificate for the nodes of the demo, which is its own CA. Java reads certificates
 * but cannot make one, and openssl may not be installed. The structure is that of RFC 5280, in DER:
 * a tag, a length, and the content.
 */
final class DemoCertificate {
  private static final int INTEGER = 0x02;
  private static final int BITS = 0x03;
  private static final int OCTETS = 0x04;
  private static final int OID = 0x06;
  private static final int UTF8 = 0x0c;
  private static final int TIME = 0x17;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int DNS_NAME = 0x82;
  private static final int VERSION = 0xa0;
  private static final int EXTENSIONS = 0xa3;
  private static final int LONG_LENGTH = 0x80;

  private static final String ECDSA_WITH_SHA256 = "2a8648ce3d040302";
  private static final String COMMON_NAME = "550403";
  private static final String ALTERNATIVE_NAMES = "551d11";

  private static final DateTimeFormatter UTC =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private DemoCertificate() {}

  /** Writes a certificate for all of these names, valid for a day, and its key. */
  static void write(Path certificate, Path key, List<String> names)
      throws IOException, GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    byte[] content = content(pair, names);
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(pair.getPrivate());
    signature.update(content);
    byte[] signed = der(SEQUENCE, content, algorithm(), bits(signature.sign()));
    Files.writeString(certificate, pem("CERTIFICATE", signed));
    Files.writeString(key, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
  }

  private static byte[] content(KeyPair pair, List<String> names) {
    byte[] name =
        der(
            SEQUENCE,
            der(SET, der(SEQUENCE, oid(COMMON_NAME), der(UTF8, "ppmq demo".getBytes(UTF_8)))));
    Instant now = Instant.now();
    byte[] validity = der(SEQUENCE, time(now.minusSeconds(3600)), time(now.plusSeconds(24 * 3600)));
    ByteArrayOutputStream alternatives = new ByteArrayOutputStream();
    for (String each : names) {
      alternatives.writeBytes(der(DNS_NAME, each.getBytes(US_ASCII)));
    }
    byte[] extension =
        der(
            SEQUENCE,
            oid(ALTERNATIVE_NAMES),
            der(OCTETS, der(SEQUENCE, alternatives.toByteArray())));
    return der(
        SEQUENCE,
        der(VERSION, der(INTEGER, new byte[] {2})), // the third
        der(INTEGER, new byte[] {1}),
        algorithm(),
        name,
        validity,
        name,
        pair.getPublic().getEncoded(),
        der(EXTENSIONS, der(SEQUENCE, extension)));
  }

  private static byte[] algorithm() {
    return der(SEQUENCE, oid(ECDSA_WITH_SHA256));
  }

  private static byte[] oid(String hex) {
    return der(OID, HexFormat.of().parseHex(hex));
  }

  private static byte[] time(Instant at) {
    return der(TIME, UTC.format(at).getBytes(US_ASCII));
  }

  private static byte[] bits(byte[] whole) {
    return der(BITS, new byte[1], whole);
  }

  private static byte[] der(int tag, byte[]... parts) {
    ByteArrayOutputStream held = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      held.writeBytes(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int length = held.size();
    if (length < LONG_LENGTH) {
      out.write(length);
    } else {
      out.write(LONG_LENGTH + 2);
      out.write(length >> Byte.SIZE);
      out.write(length);
    }
    out.writeBytes(held.toByteArray());
    return out.toByteArray();
  }

  private static String pem(String what, byte[] der) {
    return "-----BEGIN "
        + what
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END "
        + what
        + "-----\n";
  }
}
