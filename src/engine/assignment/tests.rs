use super::*;

fn read(text: &str, word: &str) -> Option<(String, Operator, Option<char>, String)> {
    let at = text.to_ascii_lowercase().find(word)?;
    let found = parse(text.as_bytes(), at, word.len())?;
    Some((
        text[found.name].to_owned(),
        found.operator,
        found.quote.map(char::from),
        text[found.value].to_owned(),
    ))
}

fn value(text: &str, word: &str) -> Option<String> {
    read(text, word).map(|(_, _, _, value)| value)
}

#[test]
fn reads_the_usual_shapes() {
    for text in [
        "password = \"{value}\"",
        "PASSWORD='{value}'",
        "export DB_PASSWORD={value}",
        "  password: {value}\n",
        "- db.password: '{value}'",
        "\"password\": \"{value}\",",
        "{\\\"password\\\": \\\"{value}\\\"}",
        "let password: &str = \"{value}\";",
        "config[\"password\"] = \"{value}\"",
        ":password => '{value}',",
        "setPassword(\"{value}\")",
        "<password>{value}</password>",
        "if password == \"{value}\":",
        "password := `{value}`",
        "password = b\"{value}\"",
        "<add password=\"{value}\"/>",
        "PASSWORD={value} ./run",
        "docker run -e DB_PASSWORD={value} image",
        "mysql --password={value} -u root",
        "export PASSWORD={value}; echo",
        "A=1 && PASSWORD={value}&& x",
        "password ::= \"{value}\"",
        "$password .= \"{value}\"",
        "var password string = \"{value}\"",
        "run --password {value} --user root",
        "setProperty(\"password\", \"{value}\")",
        "<add key=\"password\" value=\"{value}\"/>",
        "<password>\n  {value}\n</password>",
        "https://host/path?password={value}&x=1",
        "-H \"X-Password: {value}\"",
        "docker run -e \"DB_PASSWORD={value}\" image",
        "ENV=\"DB_PASSWORD={value}\"",
        "Connect-Server -User bob -Password {value} -Wait",
        ";password = {value}",
        "{\"f\": \"PASSWORD={value}\\nX=1\"}",
        "variable \"db_password\" {\n  default = \"{value}\"\n}",
        "variable \"password\" {\n  type = string\n  default = \"{value}\"\n}",
        "credentials {\n  password \"{value}\"\n}",
        "ENV[\"PASSWORD\"] ||= \"{value}\"",
        "$x['password'] ??= '{value}';",
        "password = \"\"\"{value}\"\"\"",
        "password = '''{value}'''",
        "setx PASSWORD {value}",
        "args: ['--password', '{value}']",
        "{\"name\": \"password\", \"value\": \"{value}\"}",
        "@Value(\"${db.password:{value}}\")",
        "PW: ${DB_PASSWORD:-{value}}",
        "buildConfigField 'String' , 'PASSWORD' , '\"{value}\"'",
        "buildConfigField(\"String\", \"PASSWORD\", \"\\\"{value}\\\"\")",
    ] {
        let text = text.replace("{value}", "s3cr-et!");
        assert_eq!(
            value(&text, "password").as_deref(),
            Some("s3cr-et!"),
            "{text}"
        );
    }
}

#[test]
fn leaves_expressions_alone() {
    for text in [
        "password = get_password()",
        "password = os.environ[\"X\"]",
        "password: string;",
        "x.password = new_password;",
        "password::Type = 3",
        "password = \"un-ended",
        "the password \"{value}\"",
        "password \"{value}\" is not",
        "foo(a, password = other_thing)",
        "[\"password\", \"{value}\"]",
        "resource \"password\" {\n  default = \"{value}\"\n}",
        "variable \"password\" {\n}\nvariable \"x\" {\n  default = \"{value}\"\n}",
        "(\"password\", \"{value}\")",
        "password {value}",
        "a -password {value}",
        "run --ask-password {value}",
    ] {
        assert_eq!(value(text, "password"), None, "{text}");
    }
}

#[test]
fn padding_of_base64_is_no_annotation() {
    assert_eq!(
        value("password: QWxhZGRpbjpv=\n", "password").as_deref(),
        Some("QWxhZGRpbjpv=")
    );
}

#[test]
fn takes_the_whole_name() {
    let (name, operator, quote, _) = read("app.DB_PASSWORD_2 = \"abcdef\"", "password").unwrap();
    assert_eq!(
        (name.as_str(), operator, quote),
        ("app.DB_PASSWORD_2", Operator::Assign, Some('"'))
    );
}

#[test]
fn an_escaped_quote_does_not_end_a_value() {
    assert_eq!(
        // outgate: ignore[generic-password] made up
        value(r#"password = "ab\"cdef""#, "password").as_deref(),
        Some(r#"ab\"cdef"#)
    );
}

#[test]
fn reads_what_a_call_decodes() {
    for text in [
        "secret, _ := hex.DecodeString(\"{value}\")",
        "key = bytes.fromhex('{value}')",
        "secret: Buffer.from(\"{value}\", 'hex')",
        "ByteString secret = ByteString.decodeHex(\"{value}\");",
        "key = base64.b64decode(b\"{value}\")",
    ] {
        let text = text
            .replace("secret, _ :=", "secret :=")
            .replace("{value}", "kT9fWq27");
        let word = if text.contains("secret") {
            "secret"
        } else {
            "key"
        };
        assert_eq!(value(&text, word).as_deref(), Some("kT9fWq27"), "{text}");
    }
    for text in [
        "token = getBytes(\"the_name\")",
        "secret = load_hex('the_name')",
        "key = translate(\"the_name\")",
    ] {
        let word = ["token", "secret", "key"]
            .into_iter()
            .find(|word| text.starts_with(word));
        assert_eq!(value(text, word.unwrap_or("")), None, "{text}");
    }
}

#[test]
fn reads_lists_of_bytes() {
    let list = "0x20, 0x54, 51, 149, 0x62, 0x74, 0x8b, 0x59";
    for text in [
        "unsigned char secret[] = {LIST};",
        "static const uint8_t secret[8] = { LIST };",
        "Secret: []byte{LIST},",
        "secret := lorawan.AES128Key{LIST}",
        "byte[] secret = new byte[] {LIST};",
        "secret = [LIST]",
        "secret = bytes([LIST])",
    ] {
        let text = text.replace("LIST", list);
        let found = read(&text, "secret").map(|(_, operator, _, value)| (operator, value));
        assert_eq!(found, Some((Operator::List, list.to_owned())), "{text}");
    }
    for text in [
        "secret = [1, 2, 3]",
        "secret = [1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000]",
    ] {
        assert_eq!(value(text, "secret"), None, "{text}");
    }
}

#[test]
fn reads_values_apart_from_their_names() {
    for text in [
        "  - name: DB_PASSWORD\n    value: {value}\n",
        "{\"name\": \"DB_PASSWORD\",\n  \"value\": \"{value}\"}",
        "<key>password</key>\n\t<string>{value}</string>",
        "password: |\n  {value}\n",
        "password: >-\n    {value}\n",
        "ENV DB_PASSWORD {value}\n",
        "(connect :password \"{value}\")",
        "(setq my-password \"{value}\")",
        "set password \"{value}\"",
        "{password, \"{value}\"}",
        "password <- \"{value}\"",
        "std::string password{\"{value}\"};",
        "password?: string = \"{value}\";",
        "password = (\n    \"{value}\"\n    \"more\"\n)",
        "Dim password As String = \"{value}\"",
        "password = {value} ; of the test\n",
    ] {
        let text = text.replace("{value}", "kT9fWq27");
        assert_eq!(
            value(&text, "password").as_deref(),
            Some("kT9fWq27"),
            "{text}"
        );
    }
    for text in [
        "the password \"of the day\"",
        "password: |\n  several words\n",
        "password;\n  value: kT9fWq27\n",
        "if password < -1",
    ] {
        assert_eq!(value(text, "password"), None, "{text}");
    }
}
