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
        "password \"{value}\"",
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
