// SPDX-License-Identifier: GPL-3.0-or-later
/// A list of the trained styles to choose from, with none as the first entry.
///
///     TrainedList trained;
///     trained.chosen = [&](const std::string& name) { set_model(name); };
///     trained.offer(hello.trained_styles);
///     trained.show("great-wave");
#pragma once

#include <neural_style/engine.hpp>

#include <functional>
#include <gtk/gtk.h>
#include <string>
#include <vector>

namespace neural_style::plugin {

class TrainedList {
  public:
    TrainedList();
    ~TrainedList();
    TrainedList(const TrainedList&) = delete;
    TrainedList& operator=(const TrainedList&) = delete;

    GtkWidget* widget() const { return combo_; }

    /// Sets what the engine offers. The choice does not change, whether it is offered or not.
    void offer(const std::vector<TrainedStyle>& styles);
    /// Shows that one as chosen, without calling `chosen`; empty: none. One that is not offered is listed by
    /// its name.
    void show(const std::string& name);
    /// The user chose another one; empty: none.
    std::function<void(const std::string&)> chosen;

  private:
    void fill(const std::string& active);
    std::string active() const;

    GtkWidget* combo_;
    std::vector<TrainedStyle> styles_;
    bool filling_ = false;
};

} // namespace neural_style::plugin
